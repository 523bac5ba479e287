package wire_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/agon-chain/agon/wire"
	"github.com/stretchr/testify/require"
)

func ptr[T any](v T) *T { return &v }

func hardware(t testing.TB) *wire.Hardware {
	return &wire.Hardware{
		Version: 1, ChainID: chainID, Netuid: netuid, Hotkey: minerAddress(t), ServiceKey: serviceKey(t, 1).Public().String(), Time: now.UnixMilli(),
		Kind: "gpu", Driver: "550.54.15", CUDA: "12.4", CPU: wire.HardwareCPU{Model: "Host <CPU>", Threads: 8, Memory: 1 << 34},
		Devices: []wire.HardwareDevice{
			{
				ID: wire.DeviceID(chainID, "GPU-0"), Model: "A100", Memory: 40 << 30, MemoryUsed: ptr(uint64(0)), MIG: ptr(true), MIGInstances: ptr(uint32(2)),
				ECC: ptr(false), ECCErrors: ptr(uint64(0)), Temperature: ptr(uint32(41)), Utilization: ptr(uint32(0)), MemoryUtilization: ptr(uint32(3)),
			},
			{Model: "A100", Memory: 40 << 30},
		},
	}
}

func hardwarePolicy(t testing.TB) wire.HardwarePolicy {
	return wire.HardwarePolicy{ChainID: chainID, Netuid: netuid, Hotkey: minerAddress(t), ServiceKey: serviceKey(t, 1).Public()}
}

func signedHardware(t testing.TB, h *wire.Hardware, by byte) *wire.SignedHardware {
	t.Helper()
	key, sign := account(t, by)
	s, err := wire.SignHardware(h, key, sign)
	require.NoError(t, err)
	return s
}

func TestHardwareTravels(t *testing.T) {
	h := hardware(t)
	s := signedHardware(t, h, 77)
	back, err := wire.ParseSignedHardware(s.Header(), s.Body)
	require.NoError(t, err)
	got, err := back.Verify(now.Add(time.Minute), hardwarePolicy(t))
	require.NoError(t, err)
	require.Equal(t, h, got)
	// A reading of 0 is told, an absent one is not.
	require.Contains(t, string(s.Body), `"utilization":0`)
	require.Equal(t, 1, strings.Count(string(s.Body), "temperature"))
}

func TestHardwareRefuses(t *testing.T) {
	for _, tc := range []struct {
		name   string
		report func(*wire.Hardware)
		sent   func(*wire.SignedHardware)
		policy func(*wire.HardwarePolicy)
		by     byte
		at     time.Duration
		want   error
	}{
		{name: "good"},
		{name: "key-that-signs-for-the-hotkey", by: 5, policy: func(p *wire.HardwarePolicy) { p.Signer = session(t, 5, wire.ScopeCall, netuid).Address }},
		{name: "signed-by-somebody", by: 5, want: wire.ErrHardwareMismatch},
		{name: "old-key-of-a-swapped-hotkey", policy: func(p *wire.HardwarePolicy) { p.Signer = session(t, 5, wire.ScopeCall, netuid).Address }, want: wire.ErrHardwareMismatch},
		{name: "other-chain", policy: func(p *wire.HardwarePolicy) { p.ChainID = "agon-2" }, want: wire.ErrHardwareMismatch},
		{name: "other-subnet", policy: func(p *wire.HardwarePolicy) { p.Netuid++ }, want: wire.ErrHardwareMismatch},
		{name: "other-service-key", policy: func(p *wire.HardwarePolicy) { p.ServiceKey[0] ^= 1 }, want: wire.ErrHardwareMismatch},
		{name: "about-another-hotkey", report: func(h *wire.Hardware) { h.Hotkey = "agon1other" }, want: wire.ErrHardwareMismatch},
		{name: "just-fresh", at: wire.DefaultHardwareMaxAge},
		{name: "stale", at: wire.DefaultHardwareMaxAge + time.Millisecond, want: wire.ErrHardwareStale},
		{name: "from-the-future", at: -wire.DefaultHardwareMaxSkew - time.Millisecond, want: wire.ErrHardwareStale},
		{name: "a-number-changed", sent: func(s *wire.SignedHardware) {
			s.Body = bytes.Replace(s.Body, []byte(`"temperature":41`), []byte(`"temperature":40`), 1)
		}, want: wire.ErrHardwareSignature},
		{name: "signature-changed", sent: func(s *wire.SignedHardware) { s.Signature[3] ^= 1 }, want: wire.ErrHardwareSignature},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h, p, by := hardware(t), hardwarePolicy(t), byte(77)
			if tc.report != nil {
				tc.report(h)
			}
			if tc.policy != nil {
				tc.policy(&p)
			}
			if tc.by != 0 {
				by = tc.by
			}
			s := signedHardware(t, h, by)
			if tc.sent != nil {
				tc.sent(s)
			}
			_, err := s.Verify(now.Add(tc.at), p)
			require.ErrorIs(t, err, tc.want)
		})
	}
}

// TestHardwareHasOneSpelling: what is signed in another form is refused, so that two readers cannot read it differently.
func TestHardwareHasOneSpelling(t *testing.T) {
	key, sign := account(t, 77)
	good := string(signedHardware(t, hardware(t), 77).Body)
	for name, body := range map[string]string{
		"space":         strings.Replace(good, ",", ", ", 1),
		"field-twice":   strings.Replace(good, `"kind":"gpu"`, `"kind":"cpu","kind":"gpu"`, 1),
		"field-unknown": strings.Replace(good, `"kind":"gpu"`, `"trusted":true,"kind":"gpu"`, 1),
		"other-case":    strings.Replace(good, `"kind"`, `"Kind"`, 1),
		"null":          strings.Replace(good, `"mig":true`, `"mig":null`, 1),
		"more":          good + "{}",
		"newline":       good + "\n",
		"cut-off":       good[:len(good)-1],
		"version-2":     strings.Replace(good, `"version":1`, `"version":2`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			require.NotEqual(t, good, body)
			s := &wire.SignedHardware{Body: []byte(body), Account: key}
			sig, err := sign(append([]byte("agon/hardware/v1"), body...))
			require.NoError(t, err)
			copy(s.Signature[:], sig)
			_, err = s.Verify(now, hardwarePolicy(t))
			require.ErrorIs(t, err, wire.ErrHardware)
		})
	}
}

func TestSignHardwareRefusesWhatNobodyWouldAccept(t *testing.T) {
	key, sign := account(t, 77)
	for name, change := range map[string]func(*wire.Hardware){
		"long-model":      func(h *wire.Hardware) { h.Devices[0].Model = strings.Repeat("x", 129) },
		"unprintable":     func(h *wire.Hardware) { h.CPU.Model = "CPU\n" },
		"gpu-without-any": func(h *wire.Hardware) { h.Devices = nil },
		"cpu-with-some":   func(h *wire.Hardware) { h.Kind = "cpu" },
		"too-many":        func(h *wire.Hardware) { h.Devices = make([]wire.HardwareDevice, wire.MaxHardwareDevices+1) },
		"no-service-key":  func(h *wire.Hardware) { h.ServiceKey = "" },
		"before-time":     func(h *wire.Hardware) { h.Time = -1 },
	} {
		t.Run(name, func(t *testing.T) {
			h := hardware(t)
			change(h)
			_, err := wire.SignHardware(h, key, sign)
			require.ErrorIs(t, err, wire.ErrHardware)
		})
	}
	t.Run("another-key-signs", func(t *testing.T) {
		_, other := account(t, 5)
		_, err := wire.SignHardware(hardware(t), key, other)
		require.ErrorIs(t, err, wire.ErrHardwareSignature)
	})
}

func TestClientFetchesHardware(t *testing.T) {
	s := signedHardware(t, hardware(t), 77)
	answer := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set(wire.HeaderHardware, s.Header())
		_, _ = w.Write(s.Body)
	}
	var handler http.HandlerFunc
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		require.Equal(t, "/behind"+wire.HardwarePath, r.URL.Path)
		handler(w, r)
	}))
	defer server.Close()
	client, err := wire.NewClient(wire.ClientOptions{ChainID: chainID, AllowPrivate: true, Timeout: 5 * time.Second})
	require.NoError(t, err)
	defer client.Close()
	for _, tc := range []struct {
		name    string
		handler http.HandlerFunc
		want    error
	}{
		{"good", answer, nil},
		{"no-signature", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(s.Body) }, wire.ErrHardware},
		{"two-signatures", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Add(wire.HeaderHardware, s.Header())
			w.Header().Add(wire.HeaderHardware, s.Header())
			_, _ = w.Write(s.Body)
		}, wire.ErrHardware},
		{"short-signature", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set(wire.HeaderHardware, s.Header()[1:])
			_, _ = w.Write(s.Body)
		}, wire.ErrHardware},
		{"endless", func(w http.ResponseWriter, r *http.Request) {
			for range 4 * wire.MaxHardware / 1024 {
				if _, err := w.Write(make([]byte, 1024)); err != nil {
					return
				}
			}
		}, wire.ErrReplyTooLarge},
	} {
		t.Run(tc.name, func(t *testing.T) {
			handler = tc.handler
			got, err := client.Hardware(context.Background(), server.URL+"/behind")
			require.ErrorIs(t, err, tc.want)
			if tc.want == nil {
				_, err = got.Verify(now, hardwarePolicy(t))
				require.NoError(t, err)
			}
		})
	}
	t.Run("miner-that-tells-nothing", func(t *testing.T) {
		handler = func(w http.ResponseWriter, _ *http.Request) {
			wire.WriteError(w, wire.NewAPIError(404, "unknown_route", "", "none"))
		}
		_, err := client.Hardware(context.Background(), server.URL+"/behind")
		var api *wire.APIError
		require.ErrorAs(t, err, &api)
		require.Equal(t, 404, api.Status)
	})
	t.Run("inside-a-network", func(t *testing.T) {
		careful, err := wire.NewClient(wire.ClientOptions{ChainID: chainID, Timeout: 5 * time.Second})
		require.NoError(t, err)
		defer careful.Close()
		_, err = careful.Hardware(context.Background(), server.URL+"/behind")
		require.ErrorIs(t, err, wire.ErrTarget)
	})
}

// TestProxyCarriesCalls: with a proxy the miner's name is resolved and dialled by it alone, and literal addresses inside a network stay refused.
func TestProxyCarriesCalls(t *testing.T) {
	s := signedHardware(t, hardware(t), 77)
	var asked string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.String()
		w.Header().Set(wire.HeaderHardware, s.Header())
		_, _ = w.Write(s.Body)
	}))
	defer proxy.Close()
	u, err := url.Parse(proxy.URL)
	require.NoError(t, err)
	client, err := wire.NewClient(wire.ClientOptions{ChainID: chainID, Proxy: u, Timeout: 5 * time.Second})
	require.NoError(t, err)
	defer client.Close()
	_, err = client.Hardware(context.Background(), "http://miner.example:8091")
	require.NoError(t, err)
	require.Equal(t, "http://miner.example:8091"+wire.HardwarePath, asked)
	asked = ""
	_, err = client.Hardware(context.Background(), "http://10.0.0.7:8091")
	require.ErrorIs(t, err, wire.ErrTarget)
	require.Empty(t, asked)
}

func TestChallengeHasOneSpelling(t *testing.T) {
	c := [32]byte(seed(0xab))
	got, err := wire.DecodeChallenge(wire.EncodeChallenge(c))
	require.NoError(t, err)
	require.Equal(t, c, got)
	good := string(wire.EncodeChallenge(c))
	for name, body := range map[string]string{
		"empty": "", "short": strings.Replace(good, "ab", "", 1), "upper-case": strings.ToUpper(good), "space": " " + good, "more": good + "{}",
		"not-hexadecimal": strings.Replace(good, "ab", "zz", 1), "another-field": fmt.Sprintf(`{"nonce":"%x"}`, c),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := wire.DecodeChallenge([]byte(body))
			require.ErrorIs(t, err, wire.ErrChallenge)
		})
	}
}

func TestDeviceIDHidesTheDriversOwn(t *testing.T) {
	a := wire.DeviceID(chainID, "GPU-0")
	require.Equal(t, a, wire.DeviceID(chainID, "GPU-0"))
	require.NotEqual(t, a, wire.DeviceID(chainID, "GPU-1"))
	require.NotEqual(t, a, wire.DeviceID("agon-2", "GPU-0"))
}

// FuzzHardware: whatever is sent, nothing panics, and what verifies prints back to the same bytes.
func FuzzHardware(f *testing.F) {
	s := signedHardware(f, hardware(f), 77)
	f.Add(s.Header(), s.Body)
	f.Fuzz(func(t *testing.T, header string, body []byte) {
		got, err := wire.ParseSignedHardware(header, body)
		if err != nil {
			return
		}
		require.Equal(t, header, got.Header())
		if h, err := got.Verify(now, hardwarePolicy(t)); err == nil {
			raw, err := json.Marshal(h)
			require.NoError(t, err)
			require.JSONEq(t, string(body), string(raw))
		}
	})
}

// FuzzDecodeChallenge: a challenge has one spelling.
func FuzzDecodeChallenge(f *testing.F) {
	f.Add(wire.EncodeChallenge([32]byte{1, 0xff}))
	f.Add([]byte(`{"challenge":"FF"}`))
	f.Add([]byte(`{"Challenge":"` + strings.Repeat("0", 64) + `"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		c, err := wire.DecodeChallenge(body)
		if err != nil {
			require.ErrorIs(t, err, wire.ErrChallenge)
			return
		}
		require.Equal(t, body, wire.EncodeChallenge(c))
	})
}
