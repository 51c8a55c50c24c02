"""Notices of the hub over MQTT 5, beside the HTTPS stream and never required."""
