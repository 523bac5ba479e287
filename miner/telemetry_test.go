package miner

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/miner/hardware"
	"github.com/agon-chain/agon/wire"
)

// signsHardware gives a miner the key of its hotkey.
func signsHardware(t testing.TB, o *Options) {
	t.Helper()
	var err error
	o.HotkeyAccount, o.HotkeySign, err = wire.LocalAccount(seed(77))
	require.NoError(t, err)
}

func ptr[T any](v T) *T { return &v }

func (b *bench) hardwarePolicy() wire.HardwarePolicy {
	return wire.HardwarePolicy{ChainID: testChain, Netuid: testNetuid, Hotkey: b.hotkey, ServiceKey: b.service.Public()}
}

func TestHardwareIsTold(t *testing.T) {
	var reads atomic.Int64
	b := start(t, func(o *Options) {
		signsHardware(t, o)
		o.Hardware = func(context.Context) hardware.Report {
			reads.Add(1)
			return hardware.Report{
				Kind: hardware.KindGPU, Driver: "550.54.15", CPU: hardware.CPU{Model: "Host", Threads: 2}, Confidential: ptr(true),
				Incomplete: "device 3 is lost\n" + strings.Repeat("x", 500),
				Accelerators: []hardware.Accelerator{{
					Model: "A100", UUID: "GPU-1", Memory: 40 << 30, MemoryUsed: ptr(uint64(1)), MIG: ptr(true), MIGInstances: ptr(uint32(2)), ECC: ptr(true), ECCErrors: ptr(uint64(0)),
					Temperature: ptr(uint32(41)), Utilization: ptr(uint32(0)), MemoryUtilization: ptr(uint32(7)),
				}, {Model: "A100", Memory: 40 << 30}},
			}
		}
	})
	s, err := b.client.Hardware(context.Background(), b.url)
	require.NoError(t, err)
	h, err := s.Verify(time.Now(), b.hardwarePolicy())
	require.NoError(t, err)
	require.Equal(t, []wire.HardwareDevice{{
		ID: wire.DeviceID(testChain, "GPU-1"), Model: "A100", Memory: 40 << 30, MemoryUsed: ptr(uint64(1)), MIG: ptr(true), MIGInstances: ptr(uint32(2)),
		ECC: ptr(true), ECCErrors: ptr(uint64(0)), Temperature: ptr(uint32(41)), Utilization: ptr(uint32(0)), MemoryUtilization: ptr(uint32(7)), Confidential: ptr(true),
	}, {Model: "A100", Memory: 40 << 30, Confidential: ptr(true)}}, h.Devices)
	require.NotContains(t, string(s.Body), "GPU-1", "the driver's id stays here")
	require.Len(t, h.Incomplete, 128)

	for range 10 {
		again, err := b.client.Hardware(context.Background(), b.url)
		require.NoError(t, err)
		require.Equal(t, s.Body, again.Body)
	}
	require.Equal(t, int64(2), reads.Load(), "once at the start, once for all readers")

	t.Run("too-many-ask", func(t *testing.T) {
		var refused error
		for range 3 * telemetryBurst {
			if _, refused = b.client.Hardware(context.Background(), b.url); refused != nil {
				break
			}
		}
		var api *wire.APIError
		require.ErrorAs(t, refused, &api)
		require.Equal(t, http.StatusTooManyRequests, api.Status)
	})
	t.Run("other-method", func(t *testing.T) {
		status, header, _ := b.plain(http.MethodPost, wire.HardwarePath, strings.NewReader("{}"))
		require.Equal(t, http.StatusMethodNotAllowed, status)
		require.Equal(t, http.MethodGet, header.Get("Allow"))
	})
}

func TestHardwareIsNotTold(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"switched-off": func(o *Options) { signsHardware(t, o); o.Config.HardwareReport = false },
		"without-key":  func(*Options) {},
	} {
		t.Run(name, func(t *testing.T) {
			b := start(t, change)
			_, err := b.client.Hardware(context.Background(), b.url)
			var api *wire.APIError
			require.ErrorAs(t, err, &api)
			require.Equal(t, http.StatusNotFound, api.Status)
		})
	}
}

// TestHardwareThatHangs: a driver that does not answer holds up one reader; the others get the last report while it is not too old, then a refusal.
func TestHardwareThatHangs(t *testing.T) {
	o := testOptions(t, newFakeChain(), "http://127.0.0.1:1")
	signsHardware(t, &o)
	now := time.Now()
	o.Now = func() time.Time { return now }
	hang, hanging := make(chan struct{}), make(chan struct{})
	first := true
	o.Hardware = func(context.Context) hardware.Report {
		if !first {
			close(hanging)
			<-hang
		}
		first = false
		return hardware.Report{Kind: hardware.KindCPU, CPU: hardware.CPU{Model: "Host", Threads: 1}}
	}
	tel := newTelemetry(o)
	report, err := tel.latest(context.Background())
	require.NoError(t, err)

	now = now.Add(telemetryFresh)
	done := make(chan error, 1)
	go func() {
		_, err := tel.latest(context.Background())
		done <- err
	}()
	<-hanging
	again, err := tel.latest(context.Background())
	require.NoError(t, err)
	require.Equal(t, report, again)
	tel.mu.Lock()
	tel.at = now.Add(-telemetryOld)
	tel.mu.Unlock()
	_, err = tel.latest(context.Background())
	require.ErrorIs(t, err, errReading)
	close(hang)
	require.NoError(t, <-done)
}
