package main

import (
	"bufio"
	"fmt"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// echo answers each line with the same line, until the test ends.
func echo(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for r := bufio.NewScanner(c); r.Scan(); {
					fmt.Fprintln(c, r.Text())
				}
			}()
		}
	}()
	return l.Addr().String()
}

// said is a line from a connection, or "" if none comes in a while.
func said(c net.Conn, within time.Duration) string {
	_ = c.SetReadDeadline(time.Now().Add(within))
	line, _ := bufio.NewReader(c).ReadString('\n')
	return line
}

// TestLinks finds that a link that is cut holds what is sent and delivers it when it heals, also to those who connect meanwhile, that only
// links across the cut are cut, and that a link that ends leaves nothing behind.
func TestLinks(t *testing.T) {
	before := runtime.NumGoroutine()
	target := echo(t)
	links := newLinks()
	dial := func(from, to int) net.Conn {
		address, err := links.peer(from, to, target)
		require.NoError(t, err)
		c, err := net.Dial("tcp", address)
		require.NoError(t, err)
		t.Cleanup(func() { c.Close() })
		fmt.Fprintln(c, "first")
		require.Equal(t, "first\n", said(c, 5*time.Second))
		return c
	}
	across, within := dial(0, 1), dial(2, 3)
	links.cut(0, 2, 3)
	fmt.Fprintln(across, "held")
	fmt.Fprintln(within, "passed")
	require.Equal(t, "passed\n", said(within, 5*time.Second))
	require.Empty(t, said(across, 300*time.Millisecond))
	late, err := net.Dial("tcp", links.by[pair{0, 1}].listener.Addr().String())
	require.NoError(t, err)
	defer late.Close()
	fmt.Fprintln(late, "late")
	require.Empty(t, said(late, 100*time.Millisecond))
	links.heal()
	require.Equal(t, "held\n", said(across, 5*time.Second))
	require.Equal(t, "late\n", said(late, 5*time.Second))

	links.slow(2, 200*time.Millisecond)
	start := time.Now()
	fmt.Fprintln(within, "slow")
	require.Equal(t, "slow\n", said(within, 5*time.Second))
	require.GreaterOrEqual(t, time.Since(start), 400*time.Millisecond, "both ways")

	links.drop(3)
	_ = within.SetReadDeadline(time.Now().Add(5 * time.Second))
	_, err = within.Read(make([]byte, 1))
	require.ErrorContains(t, err, "EOF")
	fmt.Fprintln(across, "kept")
	require.Equal(t, "kept\n", said(across, 5*time.Second))

	links.cut(0) // also a link that is cut ends
	links.close()
	require.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+2 }, 5*time.Second, 10*time.Millisecond, "the echo's and the test's own remain")
}
