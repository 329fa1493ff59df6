"""Will more data help? Learning curves against a target."""
