package localnet

import "syscall"

// endWithStarter makes the system end a program when the network that started it dies without a word. The signal comes
// when the starting thread ends, so that thread must be kept as long as the program runs.
func endWithStarter(attributes *syscall.SysProcAttr) { attributes.Pdeathsig = syscall.SIGTERM }
