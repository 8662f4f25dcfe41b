"""Asks parliament about policies: a JSON array of {"at", "document", "trust"} on standard input, a JSON array of findings on standard output."""

import json
import sys

from parliament import analyze_policy_string

findings = []
for policy in json.load(sys.stdin):
    # The auditors of the community ask what a role could do with its rights. Whoever trusts somebody with a role gives none.
    auditors = not policy["trust"]
    for found in analyze_policy_string(json.dumps(policy["document"]), include_community_auditors=auditors).findings:
        message = str(found.detail or found.title or found.location)
        findings.append({"at": policy["at"], "rule": found.issue, "message": message})
print(json.dumps(findings))
