package validator_test

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/validator"
	"github.com/agon-chain/agon/x/scoring/exam"
)

// An axon that points into the validator's own network, or sends it there, is asked nothing: not its question, not its hardware.
func TestNoAxonLeadsInside(t *testing.T) {
	var connections atomic.Int64
	inner := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	inner.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			connections.Add(1)
		}
	}
	inner.Start()
	defer inner.Close()
	_, port, err := net.SplitHostPort(inner.Listener.Addr().String())
	require.NoError(t, err)
	c := newFakeChain(t, 20, exam.Params{ReceiptsPerMiner: 4, Openings: 8})
	var miners []string
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0", "169.254.169.254", "10.0.0.1", "[64:ff9b::7f00:1]"} {
		n := chain.Neuron{Hotkey: address(host).String(), URL: "http://" + host + ":" + port, ServiceKey: bytes.Repeat([]byte{2}, 32)}
		c.add(n)
		miners = append(miners, n.Hotkey)
	}
	keys := newKeys(t)
	hotkey, err := keys.Address(chain.KeyHotkey)
	require.NoError(t, err)
	c.add(chain.Neuron{Hotkey: hotkey.String(), Stake: 1000})
	mining, stop := context.WithCancel(context.Background())
	defer stop()
	go c.mineEvery(mining, 100*time.Millisecond)
	config := testConfig(t.TempDir())
	config.AllowPrivate, config.Hardware = false, true
	d, _, end := startDaemon(t, c, keys, config, validator.Honest{})
	require.Eventually(t, func() bool { return validator.MetricsOf(d).Questions("axon") >= 20*float64(len(miners)) }, 30*time.Second, 50*time.Millisecond, "all were to be asked")
	require.Zero(t, validator.MetricsOf(d).Questions("answered"))
	end()
	require.Zero(t, connections.Load())
	if conn, err := net.Dial("tcp", inner.Listener.Addr().String()); err == nil {
		conn.Close()
	}
	require.Eventually(t, func() bool { return connections.Load() == 1 }, 5*time.Second, 10*time.Millisecond, "connections are not counted, and this test proves nothing")
}
