package payer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/chain/payer"
	"github.com/agon-chain/agon/wire"
	paymenttypes "github.com/agon-chain/agon/x/payment/types"
)

// envVictim makes TestVictim pay for calls until it is killed: a JSON of victim.
const envVictim = "AGON_TEST_PAYER_VICTIM"

const victimCallers = 8

type victim struct {
	Chain, Ledger, Miner, Hotkey string
	Service                      []byte
	Quiet                        bool // one call, and a clean end
}

// serveChain lets another process use the fake chain.
func serveChain(t *testing.T, c *fakeChain) *httptest.Server {
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, v any) { require.NoError(t, json.NewEncoder(w).Encode(v)) }
	mux.HandleFunc("GET /state", func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		answer(w, remoteState{c.height, c.balances[r.URL.Query().Get("owner")], c.channels})
	})
	mux.HandleFunc("POST /submit", func(w http.ResponseWriter, r *http.Request) {
		var in []packed
		require.NoError(t, json.NewDecoder(r.Body).Decode(&in))
		var msgs []sdk.Msg
		for _, p := range in {
			msgs = append(msgs, p.unpack())
		}
		time.Sleep(20 * time.Millisecond) // long enough to be killed in
		out, err := c.submit(msgs)
		if err != nil {
			http.Error(w, err.Error(), http.StatusConflict)
			return
		}
		var replies []packed
		for _, m := range out {
			replies = append(replies, pack(m))
		}
		answer(w, replies)
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

type remoteState struct {
	Height   int64
	Balance  uint64
	Channels []paymenttypes.Channel
}

type packed struct {
	Type  string
	Value []byte
}

func pack(m proto.Message) packed {
	b, err := proto.Marshal(m)
	if err != nil {
		panic(err)
	}
	return packed{proto.MessageName(m), b}
}

func (p packed) unpack() proto.Message {
	for _, m := range []proto.Message{
		&paymenttypes.MsgOpenChannel{}, &paymenttypes.MsgTopUp{}, &paymenttypes.MsgRequestWithdrawal{}, &paymenttypes.MsgOpenChannelResponse{},
		&paymenttypes.MsgTopUpResponse{}, &paymenttypes.MsgRequestWithdrawalResponse{},
	} {
		if proto.MessageName(m) == p.Type {
			if err := proto.Unmarshal(p.Value, m); err != nil {
				panic(err)
			}
			return m
		}
	}
	panic("unknown message " + p.Type)
}

// remoteChain is the fake chain of another process.
type remoteChain struct{ url string }

func (c remoteChain) state(ctx context.Context, owner string) (s remoteState, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+"/state?owner="+owner, nil)
	if err != nil {
		return s, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return s, err
	}
	defer resp.Body.Close()
	return s, json.NewDecoder(resp.Body).Decode(&s)
}

func (c remoteChain) Height(ctx context.Context) (int64, error) {
	s, err := c.state(ctx, "")
	return s.Height, err
}

func (c remoteChain) Balance(ctx context.Context, owner string) (uint64, error) {
	s, err := c.state(ctx, owner)
	return s.Balance, err
}

func (c remoteChain) Channels(ctx context.Context, owner string, _ payer.Payee) ([]paymenttypes.Channel, error) {
	s, err := c.state(ctx, owner)
	return s.Channels, err
}

func (c remoteChain) Price(context.Context, payer.Payee) (wire.Price, error) { return testPrice, nil }

func (c remoteChain) submit(msgs []sdk.Msg) ([]proto.Message, error) {
	var in []packed
	for _, m := range msgs {
		in = append(in, pack(m))
	}
	body, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	resp, err := http.Post(c.url+"/submit", "application/json", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%w: %s", errRefused, resp.Status)
	}
	var out []packed
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		return nil, err
	}
	var replies []proto.Message
	for _, p := range out {
		replies = append(replies, p.unpack())
	}
	return replies, nil
}

// victimAsks are the calls of a victim: whole answers and streams, some of them several chunks long.
func victimAsk(i int) ask {
	a := ask{Say: 1 + i%60, Prompt: 3, MaxTokens: 60}
	if i%3 == 0 {
		a = ask{Say: 200 + i%300, Prompt: 3, MaxTokens: 600, Stream: true, Pack: 5}
	}
	return a
}

// TestVictim is the payer of another process that TestKilledPayerNeverForgets kills. By itself it does nothing.
func TestVictim(t *testing.T) {
	raw := os.Getenv(envVictim)
	if raw == "" {
		t.Skip("a part of TestKilledPayerNeverForgets")
	}
	var v victim
	require.NoError(t, json.Unmarshal([]byte(raw), &v))
	service, err := wire.ServiceKeyFromSeed(v.Service)
	require.NoError(t, err)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	b := newBench(t, nil)
	b.stop()
	far := remoteChain{v.Chain}
	b.path, b.cfg.Chain, b.cfg.Tx = v.Ledger, far, &fakeQueue{chain: far, address: addressOf(t, 1)}
	b.cfg.Deposit = 20_000
	b.start()
	call := func(a ask) error {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		call := wire.Call{Session: b.session, Endpoint: v.Miner, To: v.Hotkey, ServiceKey: service.Public(), Netuid: testNetuid, Path: "/v1/call", Body: a.body()}
		if a.Stream {
			_, _, err := b.payer.Stream(ctx, call, payer.Terms{Price: testPrice}, nil)
			return err
		}
		_, _, err := b.payer.Do(ctx, call, payer.Terms{Price: testPrice})
		return err
	}
	if v.Quiet {
		require.NoError(t, call(victimAsk(1)))
		return
	}
	go func() { require.NoError(t, b.payer.Run(context.Background())) }()
	var wg sync.WaitGroup
	for i := range victimCallers {
		wg.Go(func() {
			for j := 0; ; j++ {
				if err := call(victimAsk(i + j)); err != nil {
					fmt.Fprintln(os.Stderr, "call:", err)
					os.Exit(3) // SIGKILL is the only way out that is right
				}
			}
		})
	}
	wg.Wait()
}

// A payer is killed under load again and again. Every voucher that a miner holds is in the ledger, there is one channel, no honest miner is accused, and what is at
// risk is one call for each that ran at once.
func TestKilledPayerNeverForgets(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	exe, err := os.Executable()
	require.NoError(t, err)
	c := newFakeChain()
	m := newMiner(t, c, 77, testPrice)
	key, err := wire.VoucherKeyFromSeed(seed(2))
	require.NoError(t, err)
	owner := addressOf(t, 1).String()
	c.balances[owner] = 1_000_000_000
	v := victim{Chain: serveChain(t, c).URL, Ledger: filepath.Join(t.TempDir(), "ledger.db"), Miner: m.server.URL, Hotkey: m.hotkey, Service: seed(77)}
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	run := func(quiet bool, life time.Duration) {
		v.Quiet = quiet
		raw, err := json.Marshal(v)
		require.NoError(t, err)
		var out bytes.Buffer
		cmd := exec.Command(exe, "-test.run", "^TestVictim$")
		cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), envVictim+"="+string(raw)), &out, &out
		require.NoError(t, cmd.Start())
		if quiet {
			require.NoError(t, cmd.Wait(), out.String())
			return
		}
		time.Sleep(life)
		require.NoError(t, cmd.Process.Kill())
		err = cmd.Wait()
		exit, ok := errors.AsType[*exec.ExitError](err)
		require.True(t, ok && exit.ExitCode() == -1, "it ended by itself: %v\n%s", err, out.String())
	}
	// What the ledger says of the one channel, read as the next process reads it.
	ledger := func() payer.Channel {
		l, err := payer.OpenLedger(v.Ledger, testChain)
		require.NoError(t, err)
		defer func() { require.NoError(t, l.Close()) }()
		client, err := wire.NewClient(wire.ClientOptions{ChainID: testChain})
		require.NoError(t, err)
		p, err := payer.New(payer.Config{ChainID: testChain, Owner: owner, Tx: &fakeQueue{chain: c, address: addressOf(t, 1)}, Chain: c, Wire: client, Ledger: l, Key: key})
		require.NoError(t, err)
		defer func() { require.NoError(t, p.Close()) }()
		all := p.Channels()
		if len(all) == 0 {
			return payer.Channel{}
		}
		require.Len(t, all, 1)
		require.Empty(t, all[0].Stopped)
		return all[0]
	}
	served := int64(0)
	for round := range 8 {
		life := time.Duration(300+rand.IntN(500)) * time.Millisecond
		if round == 0 {
			life = 150 * time.Millisecond // within the opening, or shortly after it
		}
		run(false, life)
		c.mine(10) // what was on its way is void
		open := c.openChannels()
		require.LessOrEqual(t, len(open), 1, "one channel, whenever it died")
		if len(open) == 1 {
			if l := ledger(); l.ID == open[0].Id {
				require.GreaterOrEqual(t, l.Signed, m.state(l.ID, key).Vouched, "what was sent was written first")
			}
		}
		served = m.calls.Load()
	}
	require.Greater(t, served, int64(20), "it was under load")
	run(true, 0)
	l := ledger()
	s := m.state(l.ID, key)
	require.GreaterOrEqual(t, l.Signed, s.Vouched)
	reserve := uint64(1000 + 2*100 + (wire.VoucherChunk+wire.VoucherChunk/8)*10)
	require.LessOrEqual(t, s.Vouched, s.Spent+(victimCallers+1)*reserve, "one call at risk for each that ran at once")
	require.Equal(t, uint64(1), c.openChannels()[0].Id)
}
