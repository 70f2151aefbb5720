"""What a policy does with traffic: a model of a service, the peers' policies, and the figures to judge them by."""
