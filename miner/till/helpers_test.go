package till

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/agon-chain/agon/wire"
)

const (
	testChain  = "agon-test-1"
	testPayee  = "agon1payee"
	testNetuid = 3
	alice, bob = "alice", "bob" // accounts that call
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeChain holds channels, and pays claims as x/payment does.
type fakeChain struct {
	mu       sync.Mutex
	channels map[uint64]Channel
	height   int64
	down     error
	hang     bool           // questions are not answered at all
	asked    map[uint64]int // questions for each channel
	batches  [][]Claim      // claims that were included
	problems map[uint64]string
	lose     int // so many claims are included, and their answers lost
}

func newFakeChain() *fakeChain {
	return &fakeChain{channels: map[uint64]Channel{}, height: 1000, asked: map[uint64]int{}, problems: map[uint64]string{}}
}

var errDown = errors.New("connection refused")

func (f *fakeChain) answers(ctx context.Context) error {
	f.mu.Lock()
	down, hang := f.down, f.hang
	f.mu.Unlock()
	if hang {
		<-ctx.Done()
		return ctx.Err()
	}
	return down
}

func (f *fakeChain) Channel(ctx context.Context, id uint64) (Channel, error) {
	f.set(func() { f.asked[id]++ })
	if err := f.answers(ctx); err != nil {
		return Channel{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	c, ok := f.channels[id]
	if !ok {
		return Channel{}, ErrNoChannel
	}
	return c, nil
}

func (f *fakeChain) Height(ctx context.Context) (int64, error) {
	err := f.answers(ctx)
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.height, err
}

func (f *fakeChain) Claim(ctx context.Context, claims []Claim) ([]Claimed, error) {
	if err := f.answers(ctx); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(claims) == 0 || len(claims) > MaxClaims {
		return nil, errors.New("so many items are refused")
	}
	f.batches = append(f.batches, append([]Claim(nil), claims...))
	var out []Claimed
	for _, claim := range claims {
		r := Claimed{Channel: claim.Channel, Problem: f.problems[claim.Channel]}
		c, ok := f.channels[claim.Channel]
		v := wire.Voucher{ChainIDHash: wire.ChainIDHash(testChain), Channel: claim.Channel, Cumulative: claim.Cumulative, Signature: claim.Signature}
		switch {
		case r.Problem != "":
		case !ok || c.Closed:
			r.Problem = "closed"
		case v.Verify(c.VoucherKey, v.ChainIDHash) != nil:
			r.Problem = "bad signature"
		default:
			if upTo := min(claim.Cumulative, c.Deposit); upTo > c.Claimed {
				r.Paid, c.Claimed = upTo-c.Claimed, upTo
			}
			r.Total = c.Claimed
			f.channels[claim.Channel] = c
		}
		out = append(out, r)
	}
	if f.lose > 0 {
		f.lose--
		return nil, errors.New("answer lost")
	}
	return out, nil
}

func (f *fakeChain) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

// change changes one channel.
func (f *fakeChain) change(id uint64, how func(*Channel)) {
	f.set(func() { c := f.channels[id]; how(&c); f.channels[id] = c })
}

func (f *fakeChain) claimed(id uint64) (n uint64) {
	f.set(func() { n = f.channels[id].Claimed })
	return n
}

func (f *fakeChain) claims() (n int) {
	f.set(func() { n = len(f.batches) })
	return n
}

func (f *fakeChain) lookups(id uint64) (n int) {
	f.set(func() { n = f.asked[id] })
	return n
}

// clock is moved by hand.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// bench is a till with what surrounds it.
type bench struct {
	*Till
	t     testing.TB
	o     Options
	chain *fakeChain
	clock *clock
	log   *syncBuffer
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

var _ io.Writer = (*syncBuffer)(nil)

func open(t testing.TB, change func(*Options)) *bench {
	t.Helper()
	b := &bench{t: t, chain: newFakeChain(), clock: &clock{t: time.Unix(1_800_000_000, 0)}, log: &syncBuffer{}}
	b.o = Options{
		Path: filepath.Join(t.TempDir(), "vouchers.db"), ChainID: testChain, Payee: testPayee, Netuid: testNetuid, Chain: b.chain,
		ClaimAbove: 1_000_000, ClaimAfter: time.Hour, CheckEvery: 10 * time.Millisecond, ChannelTTL: 10 * time.Second, MaxStale: 5 * time.Minute,
		Wait: 200 * time.Millisecond, MaxChannels: 1000, Now: b.clock.now, Log: slog.New(slog.NewTextHandler(b.log, nil)),
	}
	if change != nil {
		change(&b.o)
	}
	b.reopen()
	t.Cleanup(func() { require.NoError(t, b.Close()) })
	return b
}

// reopen is a restart after a clean end, or the first start.
func (b *bench) reopen() {
	b.t.Helper()
	if b.Till != nil {
		require.NoError(b.t, b.Close())
	}
	var err error
	b.Till, err = Open(b.o)
	require.NoError(b.t, err)
}

func key(t testing.TB, id uint64) wire.VoucherKey {
	t.Helper()
	k, err := wire.VoucherKeyFromSeed(bytes.Repeat([]byte{byte(id), byte(id >> 8)}, 16))
	require.NoError(t, err)
	return k
}

// channel opens one.
func (b *bench) channel(id, deposit uint64) {
	b.t.Helper()
	c := Channel{
		ID: id, Owner: "agon1owner", Netuid: testNetuid, Payee: testPayee, VoucherKey: key(b.t, id).Public(), Deposit: deposit, ExpiresAt: 1_000_000,
	}
	b.chain.set(func() { b.chain.channels[id] = c })
}

func (b *bench) voucher(id, cumulative uint64) string {
	return sign(b.t, key(b.t, id), testChain, id, cumulative)
}

func sign(t testing.TB, k wire.VoucherKey, chain string, id, cumulative uint64) string {
	t.Helper()
	v := wire.Voucher{ChainIDHash: wire.ChainIDHash(chain), Channel: id, Cumulative: cumulative}
	require.NoError(t, v.Sign(k))
	return v.String()
}

// pay has a call served that costs what it reserves.
func (b *bench) pay(id, cumulative, cost uint64) wire.Charge {
	b.t.Helper()
	h, err := b.Reserve(context.Background(), b.voucher(id, cumulative), alice, cost)
	require.NoError(b.t, err)
	return h.Settle(cost)
}

func (b *bench) refused(voucher, account string, need uint64, kind error) *Refusal {
	b.t.Helper()
	h, err := b.Reserve(context.Background(), voucher, account, need)
	require.ErrorIs(b.t, err, kind)
	require.Nil(b.t, h)
	r, ok := errors.AsType[*Refusal](err)
	require.True(b.t, ok)
	require.NotContains(b.t, r.Reason, "\n")
	return r
}

// state is how a channel stands, learnt as a payer learns it.
func (b *bench) state(id uint64) *State {
	b.t.Helper()
	s := b.refused(b.voucher(id, 1), "stranger", 0, StaleVoucher).State
	require.NotNil(b.t, s)
	return s
}

// run runs the claims until the test ends, or until it is called.
func (b *bench) run() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			require.ErrorIs(b.t, <-done, context.Canceled)
		})
	}
	b.t.Cleanup(stop)
	return stop
}

func (b *bench) eventually(what func() bool, msg string) {
	b.t.Helper()
	require.Eventually(b.t, what, 5*time.Second, 5*time.Millisecond, msg)
}
