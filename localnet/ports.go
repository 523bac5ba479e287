package localnet

import (
	"fmt"
	"net"
)

// freePorts finds ports of the loopback address that nobody listens on. They are held until all are found, so that they
// differ.
func freePorts(n int) ([]int, error) {
	ports := make([]int, n)
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		defer l.Close()
		ports[i] = l.Addr().(*net.TCPAddr).Port
	}
	return ports, nil
}

// loopback is an address on this machine.
func loopback(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }
