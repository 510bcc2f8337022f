"""Files and links that show what was done."""

from .models import Evidence


def attach_to_claim(ids, claim) -> list:
    rows = Evidence.objects.filter(pk__in=list(ids), action=claim.action_id, claim=None, removed_at=None)
    rows = list(rows)
    Evidence.objects.filter(pk__in=[row.pk for row in rows]).update(claim=claim)
    return rows
