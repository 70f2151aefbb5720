"""Apps: what an operator deploys beside the platform.

`app_spec` is the wish, `app_file` reads it from captain.yml, `app_service` makes the Engine API's spec of it,
`app_plan` decides, `releases` remembers, `app_rollout` carries out.
"""
