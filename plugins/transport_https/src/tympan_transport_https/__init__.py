"""The link to the hub: enrolment, requests and the notice stream over HTTPS."""
