"""Whose card it is, and which cards are none."""

import pytest
from cryptography import x509

from gateway.errors import ConfigurationError, Refusal
from gateway.identity.certificates import Authorities, CertificateOptions, CertificateRegister
from gateway.reasons import Reason
from tests.identity.cards import Authority, der, pem, upn
from tests.identity.samples import NOW

TABLE = """certificate_name,user_id
upn:123@agency.example,u01
uri:urn:uuid:1,u02
email:a@agency.example,u03
dns:desk.agency.example,u04
"subject:CN=Stone\\, Avery",u05
cn:Stone,u06
"""


@pytest.fixture(scope="module")
def authority():
    return Authority(now=NOW)


@pytest.fixture
def register(tmp_path, authority):
    """A register of this authority's cards, and the folder of its files."""
    (tmp_path / "cards.csv").write_text(TABLE)
    (tmp_path / "ca.pem").write_bytes(pem(authority.certificate))
    (tmp_path / "crl.pem").write_bytes(authority.crl())
    return opened(tmp_path)


def opened(folder):
    issuers = Authorities(ca_file=folder / "ca.pem", crl_file=folder / "crl.pem")
    return CertificateRegister(CertificateOptions(table_file=folder / "cards.csv", authorities=(issuers,)))


def refused(register, certificate):
    with pytest.raises(Refusal) as error:
        register.judge(der(certificate), NOW)
    return error.value.reason


@pytest.mark.parametrize(
    ("common_name", "names", "person"),
    [
        ("x", (upn("123@agency.example"),), "u01"),
        ("x", (x509.UniformResourceIdentifier("urn:uuid:1"), x509.DNSName("other")), "u02"),
        ("x", (x509.RFC822Name("a@agency.example"),), "u03"),
        ("x", (x509.DNSName("desk.agency.example"),), "u04"),
        ("Stone, Avery", (), "u05"),
        ("Stone", (), "u06"),
    ],
)
def test_a_card_is_the_person_that_the_table_gives_for_one_of_its_names(
    register, authority, common_name, names, person
):
    card, _ = authority.card(common_name, *names)
    held = register.judge(der(card), NOW)
    assert (held.user_id, held.expires_at) == (person, card.not_valid_after_utc)


@pytest.mark.parametrize(
    "names",
    [
        (),
        (upn("123@AGENCY.example"),),
        (x509.UniformResourceIdentifier("urn:uuid:1"), x509.RFC822Name("a@agency.example")),
    ],
)
def test_a_card_that_fits_nobody_or_two_is_nobodys(register, authority, names):
    assert refused(register, authority.card("x", *names)[0]) is Reason.CERTIFICATE_UNMAPPED


@pytest.mark.parametrize("days", [(-10, -1), (1, 10)])
def test_a_card_out_of_its_time_is_refused(register, authority, days):
    assert refused(register, authority.card("Stone", days=days)[0]) is Reason.CERTIFICATE_EXPIRED


def test_a_card_of_another_authority_of_the_same_name_is_refused(register):
    assert refused(register, Authority(now=NOW).card("Stone")[0]) is Reason.CERTIFICATE_INVALID


def test_a_revoked_card_is_refused_as_soon_as_the_list_says_so(register, tmp_path):
    authority = Authority(now=NOW)
    (tmp_path / "ca.pem").write_bytes(pem(authority.certificate))
    (tmp_path / "crl.pem").write_bytes(authority.crl())
    card, _ = authority.card("Stone")
    assert register.judge(der(card), NOW)
    authority.revoked.append(card)
    (tmp_path / "crl.pem").write_bytes(authority.crl())
    assert refused(register, card) is Reason.CERTIFICATE_REVOKED


@pytest.mark.parametrize("list_file", ["run out", "another authority's", "unreadable"])
def test_without_a_revocation_list_in_force_no_card_counts(register, authority, tmp_path, list_file):
    lists = {"run out": authority.crl(days=-0.5), "another authority's": Authority(now=NOW).crl(), "unreadable": b"?"}
    (tmp_path / "crl.pem").write_bytes(lists[list_file])
    assert refused(register, authority.card("Stone")[0]) is Reason.CERTIFICATE_INVALID


def test_every_file_that_cannot_be_read_is_told_at_once(tmp_path):
    (tmp_path / "cards.csv").write_text("certificate_name,user_id\nStone,u06\n")
    (tmp_path / "crl.pem").write_text("")
    with pytest.raises(ConfigurationError) as error:
        opened(tmp_path)
    told = "\n".join(error.value.problems)
    assert "cards.csv: line 2 must be" in told
    assert "ca.pem: No such file" in told
    assert "crl.pem: holds no revocation list" in told


@pytest.mark.usefixtures("register")
def test_a_table_that_names_a_card_twice_is_refused(tmp_path):
    (tmp_path / "cards.csv").write_text(TABLE + "cn:Stone,u07\n")
    with pytest.raises(ConfigurationError, match="line 8 names a certificate a second time"):
        opened(tmp_path)


@pytest.mark.usefixtures("register")
def test_a_table_as_spreadsheets_save_it_with_a_mark_before_it_and_empty_rows_below_is_read(tmp_path):
    (tmp_path / "cards.csv").write_text("\ufeff" + TABLE.replace("\n", "\r\n") + ",\r\n")
    assert opened(tmp_path)


@pytest.mark.usefixtures("register")
@pytest.mark.parametrize(
    ("text", "told"),
    [
        (TABLE.replace(",", ";"), "its cells are separated by something else than commas"),
        ("certificate_name,user_id\nupn: 1234@agency.example,u01\n", "line 2 has a blank before or behind"),
        ("certificate_name,user_id\nupn:1234@agency.example, u01\n", "line 2 has a blank before or behind"),
    ],
)
def test_a_table_that_a_spreadsheet_or_a_hand_wrote_otherwise_is_told_what_is_wrong(tmp_path, text, told):
    (tmp_path / "cards.csv").write_text(text)
    with pytest.raises(ConfigurationError, match=told):
        opened(tmp_path)


@pytest.mark.usefixtures("register")
def test_a_kind_of_name_that_is_none_is_told_with_the_one_that_was_meant(tmp_path):
    (tmp_path / "cards.csv").write_text("certificate_name,user_id\nmail:a@agency.example,u03\n")
    with pytest.raises(ConfigurationError, match=r"line 2 begins with mail: .* did you mean email\?"):
        opened(tmp_path)


@pytest.mark.usefixtures("register")
def test_a_card_in_the_place_of_its_issuer_is_told(tmp_path, authority):
    (tmp_path / "ca.pem").write_bytes(pem(authority.card("Stone")[0]))
    with pytest.raises(ConfigurationError, match=r"certificate 1 \(CN=Stone\) is no issuer's"):
        opened(tmp_path)


@pytest.mark.parametrize("content", ["list", "none"])
def test_what_keeps_every_card_from_being_accepted_is_told_and_to_the_holder_that_it_is_not_the_card(
    register, authority, tmp_path, content
):
    assert register.find_faults(NOW) == []
    (tmp_path / "crl.pem").write_bytes(authority.crl(days=-0.5) if content == "list" else b"?")
    [fault] = register.find_faults(NOW)
    assert fault.is_coming is False
    with pytest.raises(Refusal) as error:
        register.judge(der(authority.card("Stone")[0]), NOW)
    assert error.value.hint.startswith("It is not the card")
    assert error.value.note


@pytest.mark.parametrize("content", [b"", b"0", b"\x30\x82\xff\xff", b"x" * 20_000])
def test_what_is_no_certificate_is_refused(register, content):
    with pytest.raises(Refusal) as error:
        register.judge(content, NOW)
    assert error.value.reason is Reason.CERTIFICATE_INVALID
