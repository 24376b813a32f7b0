"""The kernel's own messages: a room prints nothing, so they are dropped; what matters is told by errors and remarks."""

from OCP.Message import Message


def quiet_kernel() -> None:
    """Take the printers off the kernel's messenger."""
    Message.DefaultMessenger_s().ChangePrinters().Clear()
