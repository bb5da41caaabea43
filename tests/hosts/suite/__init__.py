"""The parts of `tests.hosts.contract.HostContract`: what every host adapter must keep to."""
