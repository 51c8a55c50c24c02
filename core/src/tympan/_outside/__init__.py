"""Plugins in processes of their own: the same ports and the same host, over a pipe.

- The kernel's side believes nothing: frames are bounded, values are built by their types, objects are known by numbers
  that it gave out, and what may be called of one is what its protocol names.
- A plugin's permissions are asked for where its host lives, in the kernel; the plugin's process decides nothing.
- Nothing of the kernel waits for a plugin's process but the call that asked it.
"""
