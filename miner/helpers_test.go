package miner

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/x/feegrant"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/miner/hardware"
	"github.com/agon-chain/agon/miner/till"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/langid"
	"github.com/agon-chain/agon/task/langid/dishonest"
	"github.com/agon-chain/agon/task/langid/whatlang"
	"github.com/agon-chain/agon/wire"
	paymenttypes "github.com/agon-chain/agon/x/payment/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

const (
	testChain  = "agon-test-1"
	testNetuid = 3
	needed     = 1_000 // balance that callers need, nagon
)

func TestMain(m *testing.M) {
	params.ConfigureSDK()
	goleak.VerifyTestMain(
		m,
		// A timer that a dependency of the SDK's keyring starts when it is imported.
		goleak.IgnoreTopFunction("github.com/desertbit/timer.timerRoutine"),
		// Stores of the chain's own code, which nobody closes.
		goleak.IgnoreAnyFunction("github.com/cosmos/iavl.(*nodeDB).startPruning"),
	)
}

func seed(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }

func addressOf(t testing.TB, b byte) sdk.AccAddress {
	t.Helper()
	key, _, err := wire.LocalAccount(seed(b))
	require.NoError(t, err)
	return key.AddressBytes()
}

// fakeChain is a subnet with one hotkey's neuron, balances and grants. It takes the transactions of its queues.
type fakeChain struct {
	mu       sync.Mutex
	subnet   Subnet
	neuron   *subnettypes.Neuron
	balances map[string]uint64
	grants   map[string]uint64
	down     error // if set, nothing can be asked
	asked    int   // balances
	refuse   []error
	swapped  sdk.AccAddress  // if set, the only key that signs for the hotkey
	others   map[string]bool // hotkeys of other neurons, and whether they may judge
	sent     [][]sdk.Msg

	allowance uint64 // that a new grant has

	height   int64
	channels map[uint64]*till.Channel
	price    wire.Price
	claims   []till.Claim
	looked   map[uint64]int // channels that were asked for
}

func newFakeChain() *fakeChain {
	return &fakeChain{
		subnet:    Subnet{Netuid: testNetuid, TaskKind: langid.Kind, MinCallerBalance: needed, RegistrationPrice: 1_000_000_000},
		allowance: Default().FeeAllowance, balances: map[string]uint64{}, grants: map[string]uint64{},
		height: 100, channels: map[uint64]*till.Channel{}, looked: map[uint64]int{},
	}
}

func (f *fakeChain) Subnet(context.Context, uint32) (Subnet, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.subnet, f.down
}

func (f *fakeChain) SignsFor(_ context.Context, key sdk.AccAddress) (sdk.AccAddress, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.swapped != nil && !key.Equals(f.swapped) {
		return nil, fmt.Errorf("%w: %s signs now", subnettypes.ErrKeySwapped, f.swapped)
	}
	return key, f.down
}

func (f *fakeChain) Neuron(_ context.Context, netuid uint32, hotkey string) (subnettypes.Neuron, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down != nil {
		return subnettypes.Neuron{}, f.down
	}
	if _, ok := f.others[hotkey]; ok {
		return subnettypes.Neuron{Netuid: netuid, Hotkey: hotkey}, nil
	}
	if f.neuron == nil || f.neuron.Hotkey != hotkey {
		return subnettypes.Neuron{}, notRegistered(netuid, hotkey)
	}
	return *f.neuron, nil
}

func (f *fakeChain) Judges(_ context.Context, _ uint32, hotkey string) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.others[hotkey], f.down
}

func (f *fakeChain) Balance(_ context.Context, address string) (uint64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked++
	return f.balances[address], f.down
}

func (f *fakeChain) FeeGrant(_ context.Context, granter, grantee sdk.AccAddress) (FeeGrant, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	left, ok := f.grants[granter.String()+grantee.String()]
	return FeeGrant{ok, left}, f.down
}

func (f *fakeChain) Price(context.Context, uint32, string) (wire.Price, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.price, f.down
}

func (f *fakeChain) Channel(_ context.Context, id uint64) (till.Channel, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.looked[id]++
	if f.down != nil {
		return till.Channel{}, f.down
	}
	if c, ok := f.channels[id]; ok {
		return *c, nil
	}
	return till.Channel{}, till.ErrNoChannel
}

func (f *fakeChain) Height(context.Context) (int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.height, f.down
}

// claim pays as x/payment does: what is above what was claimed, up to the deposit, by vouchers that verify.
func (f *fakeChain) claim(m *paymenttypes.MsgClaim) *paymenttypes.MsgClaimResponse {
	out := &paymenttypes.MsgClaimResponse{}
	for _, item := range m.Items {
		r := paymenttypes.ClaimResult{Channel: item.Channel, Status: paymenttypes.ClaimStatus_CLAIM_STATUS_UNKNOWN_CHANNEL}
		if c := f.channels[item.Channel]; c != nil {
			v := wire.Voucher{ChainIDHash: wire.ChainIDHash(testChain), Channel: item.Channel, Cumulative: item.Cumulative, Signature: [64]byte(item.Signature)}
			switch most := min(item.Cumulative, c.Deposit); {
			case c.Closed:
				r.Status = paymenttypes.ClaimStatus_CLAIM_STATUS_CLOSED
			case v.Verify(c.VoucherKey, v.ChainIDHash) != nil:
				r.Status = paymenttypes.ClaimStatus_CLAIM_STATUS_BAD_SIGNATURE
			case most <= c.Claimed:
				r.Status, r.Claimed = paymenttypes.ClaimStatus_CLAIM_STATUS_NOTHING, c.Claimed
			default:
				r.Status, r.Paid, r.Claimed = paymenttypes.ClaimStatus_CLAIM_STATUS_PAID, most-c.Claimed, most
				c.Claimed = most
			}
		}
		f.claims = append(f.claims, till.Claim{Channel: item.Channel, Cumulative: item.Cumulative, Signature: [64]byte(item.Signature)})
		out.Results, out.Paid = append(out.Results, r), out.Paid+r.Paid
	}
	return out
}

func (f *fakeChain) lookups(id uint64) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.looked[id]
}

func (f *fakeChain) claimed(id uint64) uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.channels[id].Claimed
}

func (f *fakeChain) askedCount() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked
}

func (f *fakeChain) set(change func(*fakeChain)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}

func (f *fakeChain) axon() *subnettypes.Axon {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.neuron == nil {
		return nil
	}
	return f.neuron.Axon
}

func (f *fakeChain) sentCount() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.sent)
}

// fakeQueue applies messages to the fake chain at once.
type fakeQueue struct {
	chain   *fakeChain
	running atomic.Bool
}

func (q *fakeQueue) Run(ctx context.Context) error {
	q.running.Store(true)
	defer q.running.Store(false)
	<-ctx.Done()
	return ctx.Err()
}

func (q *fakeQueue) Submit(_ context.Context, msgs ...sdk.Msg) (chain.TxResult, error) {
	f := q.chain
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sent = append(f.sent, msgs)
	if len(f.refuse) > 0 {
		err := f.refuse[0]
		f.refuse = f.refuse[1:]
		if err != nil {
			return chain.TxResult{}, err
		}
	}
	out := chain.TxResult{Hash: "ABCD", Height: int64(len(f.sent))}
	for _, msg := range msgs {
		var answer any
		switch m := msg.(type) {
		case *subnettypes.MsgRegister:
			f.neuron = &subnettypes.Neuron{Netuid: m.Netuid, Uid: 7, Hotkey: m.Hotkey, Owner: m.Owner}
			answer = &subnettypes.MsgRegisterResponse{Uid: 7, Price: f.subnet.RegistrationPrice}
		case *subnettypes.MsgServeAxon:
			a := m.Axon
			a.UpdatedAt = out.Height
			f.neuron.Axon = &a
			answer = &subnettypes.MsgServeAxonResponse{}
		case *paymenttypes.MsgSetPrice:
			f.price = wire.Price{PerRequest: m.PerRequest, PerMillionInput: m.PerMillionInput, PerMillionOutput: m.PerMillionOutput}
			answer = &paymenttypes.MsgSetPriceResponse{}
		case *paymenttypes.MsgClaim:
			answer = f.claim(m)
		case *feegrant.MsgGrantAllowance:
			if _, ok := f.grants[m.Granter+m.Grantee]; ok {
				return chain.TxResult{}, errors.New("fee allowance already exists")
			}
			f.grants[m.Granter+m.Grantee] = f.allowance
			answer = &feegrant.MsgGrantAllowanceResponse{}
		case *feegrant.MsgRevokeAllowance:
			delete(f.grants, m.Granter+m.Grantee)
			answer = &feegrant.MsgRevokeAllowanceResponse{}
		default:
			return chain.TxResult{}, fmt.Errorf("unexpected message %T", msg)
		}
		packed, err := codectypes.NewAnyWithValue(answer.(interface {
			Reset()
			String() string
			ProtoMessage()
		}))
		if err != nil {
			return chain.TxResult{}, err
		}
		out.Responses = append(out.Responses, packed)
	}
	return out, nil
}

// stub is an expert made of a function.
type stub func(context.Context, []byte) ([]byte, error)

func (stub) Name() string      { return "stub" }
func (stub) Version() [32]byte { return [32]byte{9} }
func (s stub) Answer(ctx context.Context, body []byte) ([]byte, error) {
	return s(ctx, body)
}

func stubSpec(f stub) task.ExpertSpec {
	return task.ExpertSpec{Task: langid.Kind, Name: "stub", New: func(context.Context, task.ExpertConfig) (task.Expert, error) { return f, nil }}
}

// bench is a running miner with what surrounds it.
type bench struct {
	t       testing.TB
	chain   *fakeChain
	miner   *Miner
	service wire.ServiceKey
	sealing wire.SealingKey
	url     string
	hotkey  string
	client  *wire.Client
	session *wire.Session
	caller  string
	stop    context.CancelFunc
	done    chan error
}

func testConfig(url string) Config {
	c := Default()
	c.Home, c.ChainID, c.Netuid, c.Expert, c.PublicURL, c.MetricsListen = "unused", testChain, testNetuid, whatlang.Name, url, ""
	c.MaxSkew, c.CheckEvery, c.DrainTimeout = time.Millisecond, 100*time.Millisecond, 5*time.Second
	c.Rate, c.Burst = 1000, 1000
	return c
}

func testOptions(t testing.TB, f *fakeChain, url string) Options {
	t.Helper()
	service, err := wire.ServiceKeyFromSeed(seed(5))
	require.NoError(t, err)
	sealing, err := wire.SealingKeyFromSeed(seed(6))
	require.NoError(t, err)
	return Options{
		Config: testConfig(url), Chain: f, Hotkey: addressOf(t, 77), Owner: &fakeQueue{chain: f}, OwnerAddress: addressOf(t, 78),
		HotkeyQueue: func(sdk.AccAddress) (Queue, error) { return &fakeQueue{chain: f}, nil },
		Register:    true, ServiceKey: service, SealingKey: sealing,
		Tasks:   []task.Task{langid.Task()},
		Experts: append(dishonest.Specs(), whatlang.Spec()),
		Hardware: func(context.Context) hardware.Report {
			return hardware.Report{Kind: "cpu", CPU: hardware.CPU{Model: "Test", Threads: 2}}
		},
		Log: slog.New(slog.DiscardHandler),
	}
}

// start runs a miner until the test ends and waits until it answers.
func start(t testing.TB, change func(*Options)) *bench {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	f := newFakeChain()
	f.balances[addressOf(t, 78).String()] = 2_000_000_000
	b := &bench{t: t, chain: f, url: "http://" + l.Addr().String(), hotkey: addressOf(t, 77).String(), done: make(chan error, 1)}
	o := testOptions(t, f, b.url)
	o.Listener = l
	if change != nil {
		change(&o)
	}
	b.service, b.sealing = o.ServiceKey, o.SealingKey
	b.miner, err = New(o)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	b.stop = cancel
	go func() { b.done <- b.miner.Run(ctx) }()
	b.client, err = wire.NewClient(wire.ClientOptions{ChainID: testChain, AllowPrivate: true, FreshConnections: true, Timeout: 10 * time.Second})
	require.NoError(t, err)
	b.session, b.caller = b.newSession(1), addressOf(t, 1).String()
	f.set(func(f *fakeChain) { f.balances[b.caller] = needed })
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-b.done:
			require.NoError(t, err)
		case <-time.After(10 * time.Second):
			t.Error("miner did not stop")
		}
		b.client.Close()
	})
	b.waitHealthy()
	return b
}

func (b *bench) waitHealthy() {
	b.t.Helper()
	require.Eventually(b.t, func() bool {
		status, _, _ := b.plain(http.MethodGet, "/healthz", nil)
		return status == http.StatusOK
	}, 10*time.Second, 5*time.Millisecond)
}

func (b *bench) newSession(who byte) *wire.Session {
	b.t.Helper()
	key, sign, err := wire.LocalAccount(seed(who))
	require.NoError(b.t, err)
	now := time.Now()
	s, err := wire.NewSession(testChain, key, sign, wire.ScopeCall, testNetuid, now.Add(-time.Minute), now.Add(time.Hour))
	require.NoError(b.t, err)
	return s
}

func (b *bench) call(body string) wire.Call {
	return wire.Call{
		Session: b.session, Endpoint: b.url, To: b.hotkey, ServiceKey: b.service.Public(), Netuid: testNetuid, Path: langid.Route, Body: []byte(body),
	}
}

func (b *bench) ask(c wire.Call) (*wire.Reply, error) {
	return b.client.Do(context.Background(), c)
}

// signed is a request ready to be sent, or to be spoilt before.
func (b *bench) signed(body string, h wire.Header) *http.Request {
	b.t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, b.url+langid.Route, bytes.NewReader([]byte(body)))
	require.NoError(b.t, err)
	r.Header.Set("Content-Type", "application/json")
	if h.Time.IsZero() {
		h.Time = time.Now()
	}
	if h.Expiry.IsZero() {
		h.Expiry = h.Time.Add(time.Minute)
	}
	if h.To == "" {
		h.To = b.hotkey
	}
	h.Tag = wire.RandomTag()
	_, err = wire.Sign(r, []byte(body), testChain, b.session, h)
	require.NoError(b.t, err)
	return r
}

// send sends a request on a connection of its own.
func (b *bench) send(r *http.Request) (int, http.Header, []byte) {
	b.t.Helper()
	tr := &http.Transport{DisableKeepAlives: true, DisableCompression: true}
	defer tr.CloseIdleConnections()
	resp, err := tr.RoundTrip(r)
	require.NoError(b.t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(b.t, err)
	return resp.StatusCode, resp.Header, body
}

func (b *bench) plain(method, path string, body io.Reader) (int, http.Header, []byte) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, b.url+path, body)
	require.NoError(b.t, err)
	return b.send(r)
}

// requireAPIError says that a body is an error in OpenAI's shape, all four members.
func requireAPIError(t testing.TB, status int, header http.Header, body []byte, wantStatus int, wantCode string) *wire.APIError {
	t.Helper()
	require.Equal(t, wantStatus, status, "%s", body)
	require.Equal(t, "application/json", header.Get("Content-Type"))
	var shape struct {
		Error map[string]any `json:"error"`
	}
	requireJSON(t, body, &shape)
	require.Len(t, shape.Error, 4, "%s", body)
	api := wire.ParseAPIError(status, body)
	require.NotNil(t, api.Code, "%s", body)
	require.Equal(t, wantCode, *api.Code, "%s", body)
	require.NotEmpty(t, api.Message)
	require.NotEmpty(t, api.Type)
	return api
}

func isAPI(t testing.TB, err error, status int, code string) *wire.APIError {
	t.Helper()
	api, ok := errors.AsType[*wire.APIError](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, status, api.Status)
	require.NotNil(t, api.Code)
	require.Equal(t, code, *api.Code)
	return api
}
