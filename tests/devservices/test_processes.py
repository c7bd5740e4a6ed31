import socket

from devservices.processes import HOST, free_port


def test_no_outgoing_connection_is_given_a_free_port_before_its_server_listens_on_it() -> None:
    with socket.create_server((HOST, 0)) as given_by_the_kernel:
        assert free_port() < 32_768 <= given_by_the_kernel.getsockname()[1]


def test_two_servers_of_one_process_never_get_the_same_port() -> None:
    assert len({free_port() for _ in range(200)}) == 200


def test_a_wanted_port_is_returned_if_nobody_listens_on_it() -> None:
    port = free_port()
    with socket.create_server((HOST, port)):
        assert free_port(port) != port
    assert free_port(port) == port
