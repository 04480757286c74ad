"""`python -m gateway` is the command line."""

from gateway.cli import main

main(prog_name="lpr-gateway")
