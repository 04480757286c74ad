"""Operations: logs, metrics, health, alarms and the notices of them, for whoever keeps the gateway running.

Nothing here is the audit record, decides anything, or holds a plate, a credential or the text of a query.
"""
