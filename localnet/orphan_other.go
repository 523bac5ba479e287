//go:build !linux

package localnet

import "syscall"

// endWithStarter does nothing where the system cannot: programs of a network that was killed run on, and hold its folder.
func endWithStarter(*syscall.SysProcAttr) {}
