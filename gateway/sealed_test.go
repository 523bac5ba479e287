package gateway_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/client"
	"github.com/agon-chain/agon/gateway"
	"github.com/agon-chain/agon/gateway/directory"
	"github.com/agon-chain/agon/gateway/keys"
	"github.com/agon-chain/agon/gateway/keys/store"
	"github.com/agon-chain/agon/task/chat"
	"github.com/agon-chain/agon/wire"
)

// childEnv says to this test's program that it is the gateway, and of which miner.
const childEnv = "AGON_TEST_GATEWAY"

// childMiner is what the gateway of another process knows of the market.
type childMiner struct {
	Home, URL, Hotkey      string
	ServiceKey, SealingKey []byte
}

func (c childMiner) Read(context.Context) (*directory.View, error) {
	key, err := wire.ParseServicePublic(c.ServiceKey)
	if err != nil {
		return nil, err
	}
	return &directory.View{
		Height: 1, Subnets: []*directory.Subnet{{Netuid: chatNet, Task: chat.Kind, Route: chat.Route}},
		Miners: []*directory.Miner{{Netuid: chatNet, UID: 1, Hotkey: c.Hotkey, URL: c.URL, ServiceKey: key, SealingKey: c.SealingKey}},
	}, nil
}

// TestGatewayProcess is no test but the gateway of TestSealedCallsLeaveNoByte, in a process of its own.
func TestGatewayProcess(t *testing.T) {
	raw := os.Getenv(childEnv)
	if raw == "" {
		t.Skip("it is started by TestSealedCallsLeaveNoByte")
	}
	var c childMiner
	require.NoError(t, json.Unmarshal([]byte(raw), &c))
	cfg := gateway.Default()
	cfg.Home, cfg.ChainID, cfg.AllowPrivate, cfg.Listen, cfg.AdminListen = c.Home, testChain, true, "127.0.0.1:0", "127.0.0.1:0"
	cfg.SampleValidators, cfg.SampleShare = addressOf(t, 60).String(), 1
	account, sign, err := wire.LocalAccount(seed(250))
	require.NoError(t, err)
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	admin, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	g, err := gateway.New(gateway.Options{
		Config: cfg, Source: c, Account: account, Sign: sign, Log: slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug})), Listener: l, AdminListener: admin,
	})
	require.NoError(t, err)
	fmt.Printf("LISTEN %s %s\n", l.Addr(), admin.Addr())
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	require.NoError(t, g.Run(ctx))
}

// Nothing of a sealed question or answer is in the gateway: not in its memory, its files, its log or its metrics.
func TestSealedCallsLeaveNoByte(t *testing.T) {
	m := newMarket()
	s := &speaker{name: "m"}
	one := m.mine(t, 1, s, wire.Price{})
	home := t.TempDir()
	db, err := store.Open(t.Context(), filepath.Join(home, "keys.db"))
	require.NoError(t, err)
	ledger := keys.Ledger{Store: db, Actor: "test"}
	customer, err := ledger.CreateCustomer(t.Context(), "acme", "")
	require.NoError(t, err)
	made, err := ledger.CreateKey(t.Context(), keys.NewKey{Customer: customer.ID, Name: "app", Scope: keys.Scope{ScoreSample: true}})
	require.NoError(t, err)
	require.NoError(t, db.Close())
	m.mu.Lock()
	axon := m.neurons[one.hotkey].Axon
	m.mu.Unlock()
	service, err := wire.ParseServicePublic(axon.ServiceKey)
	require.NoError(t, err)
	raw, err := json.Marshal(childMiner{home, one.url, one.hotkey, axon.ServiceKey, axon.SealingKey})
	require.NoError(t, err)

	logFile, err := os.Create(filepath.Join(t.TempDir(), "log"))
	require.NoError(t, err)
	defer logFile.Close()
	cmd := exec.Command(os.Args[0], "-test.run", "^TestGatewayProcess$")
	cmd.Env = append(os.Environ(), childEnv+"="+string(raw))
	cmd.Stderr = logFile
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	defer func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	}()
	var listen, admin string
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, err := fmt.Sscanf(lines.Text(), "LISTEN %s %s", &listen, &admin); err == nil {
			break
		}
	}
	require.NotEmpty(t, listen)
	hc := &http.Client{Transport: &http.Transport{}}
	defer hc.CloseIdleConnections()
	require.Eventually(t, func() bool {
		r, err := hc.Get("http://" + listen + "/readyz")
		if err != nil {
			return false
		}
		r.Body.Close()
		return r.StatusCode == http.StatusOK
	}, 10*time.Second, 10*time.Millisecond)

	const secret, openly = "the tulips are in the cellar", "the weather is mild today"
	g := client.Gateway{URL: "http://" + listen, Key: string(made.Secret), ChainID: testChain, HTTP: hc}
	call := client.Sealed{Netuid: chatNet, Hotkey: one.hotkey, ServiceKey: service, SealingKey: axon.SealingKey, Path: chat.Route, MaxTokens: 50}
	for range 20 {
		call.Body = []byte(`{"max_tokens":50,"messages":[{"role":"user","content":"say ` + secret + `"}]}`)
		answer, receipt, err := g.Call(t.Context(), call)
		require.NoError(t, err)
		require.Contains(t, string(answer), secret)
		require.Equal(t, uint32(50), receipt.OutputTokens)
		call.Body = []byte(`{"max_tokens":50,"stream":true,"messages":[{"role":"user","content":"` + secret + `"}]}`)
		var text strings.Builder
		_, err = g.Stream(t.Context(), call, func(data []byte) error {
			c, err := chat.DecodeChunk(data)
			for _, ch := range c.Choices {
				text.WriteString(ch.Delta.Content)
			}
			return err
		})
		require.NoError(t, err)
		require.Equal(t, 50, len(strings.Fields(text.String())))
	}
	answerWord := "w48 w49 " // of the stream, joined by nobody but its reader
	// A call in the clear shows that what is looked at would show it.
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+listen+"/v1/chat/completions", strings.NewReader(`{"model":"1","messages":[{"role":"user","content":"`+openly+`"}]}`))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+string(made.Secret))
	resp, err := hc.Do(req)
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, resp.Body)
	require.NoError(t, err)
	resp.Body.Close()
	require.Equal(t, http.StatusOK, resp.StatusCode)

	kept, err := os.ReadDir(filepath.Join(home, "samples"))
	require.NoError(t, err)
	require.Len(t, kept, 1, "its key agrees to have calls scored; of all that was sealed none is kept")

	memory := dump(t, cmd.Process.Pid)
	require.True(t, bytes.Contains(memory, []byte(openly)), "the dump shows what the gateway could read")
	resp, err = hc.Get("http://" + admin + "/metrics")
	require.NoError(t, err)
	metrics, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	resp.Body.Close()
	require.Contains(t, string(metrics), "agon_gateway_requests_total")
	log, err := os.ReadFile(logFile.Name())
	require.NoError(t, err)
	places := map[string][]byte{"memory": memory, "metrics": metrics, "log": log}
	require.NoError(t, filepath.Walk(home, func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().IsRegular() {
			places[path], err = os.ReadFile(path)
		}
		return err
	}))
	for place, b := range places {
		for _, text := range []string{secret, answerWord, `"content":"w`} {
			if place == "memory" && text == `"content":"w` {
				continue // of the call in the clear
			}
			require.False(t, bytes.Contains(b, []byte(text)), "%q is in %s", text, place)
		}
		if place != "memory" {
			require.False(t, bytes.Contains(b, []byte(openly)), "a prompt is in %s", place)
			require.False(t, bytes.Contains(b, []byte(made.Secret)), "an API key is in %s", place)
		}
	}
}

// dump is all that a process of ours can write to.
func dump(t *testing.T, pid int) []byte {
	t.Helper()
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Skip("no /proc here: ", err)
	}
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		t.Skip("memory of other processes cannot be read here: ", err)
	}
	defer mem.Close()
	var all bytes.Buffer
	for _, line := range strings.Split(string(maps), "\n") {
		var from, to int64
		var mode string
		if n, _ := fmt.Sscanf(line, "%x-%x %s", &from, &to, &mode); n < 3 || !strings.HasPrefix(mode, "rw") || to-from > 1<<30 {
			continue
		}
		buf := make([]byte, to-from)
		n, _ := mem.ReadAt(buf, from) // parts that are not mapped end it
		all.Write(buf[:n])
	}
	return all.Bytes()
}
