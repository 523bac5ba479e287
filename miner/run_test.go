package miner

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/x/feegrant"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/wire"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

func TestStartRegistersGrantsAndPublishes(t *testing.T) {
	b := start(t, nil)
	require.Eventually(t, func() bool { return b.chain.axon() != nil }, 5*time.Second, 5*time.Millisecond)

	var first []sdk.Msg
	b.chain.set(func(f *fakeChain) { first = f.sent[0] })
	require.IsType(t, &subnettypes.MsgRegister{}, first[0])
	require.IsType(t, &feegrant.MsgGrantAllowance{}, first[1], "one transaction registers and grants")
	require.Equal(t, uint64(2_000_000_000), first[0].(*subnettypes.MsgRegister).MaxPrice)

	axon := b.chain.axon()
	service := b.service.Public()
	sealing, err := b.sealing.Public()
	require.NoError(t, err)
	require.Equal(t, b.url, axon.Url)
	require.Equal(t, service[:], axon.ServiceKey)
	require.Equal(t, sealing[:], axon.SealingKey)
	require.Equal(t, subnettypes.Hardware{Kind: "cpu", Model: "Test", Count: 2}, axon.Hardware)
	require.Equal(t, "whatlang", axon.Served[0].Name)

	t.Run("not-published-again", func(t *testing.T) {
		sent := b.chain.sentCount()
		time.Sleep(300 * time.Millisecond)
		require.Equal(t, sent, b.chain.sentCount())
	})
	t.Run("published-again-where-the-chain-differs", func(t *testing.T) {
		b.chain.set(func(f *fakeChain) { a := *f.neuron.Axon; a.Url = "http://192.0.2.1:1"; f.neuron.Axon = &a })
		require.Eventually(t, func() bool { return b.chain.axon().Url == b.url }, 5*time.Second, 10*time.Millisecond)
	})
	t.Run("health-tells", func(t *testing.T) {
		var h Health
		require.Eventually(t, func() bool {
			_, _, body := b.plain(http.MethodGet, "/healthz", nil)
			requireJSON(t, body, &h)
			return h.Published
		}, 5*time.Second, 10*time.Millisecond)
		require.Equal(t, "ok", h.Status)
		require.Equal(t, int64(7), *h.UID)
		require.Equal(t, "whatlang", h.Expert)
		require.Equal(t, service.String(), h.ServiceKey)
	})
	t.Run("losing-the-uid-does-not-end-it", func(t *testing.T) {
		b.chain.set(func(f *fakeChain) { f.neuron = nil })
		require.Eventually(t, func() bool { return b.miner.state.Load().axon.uid.Load() == -1 }, 5*time.Second, 10*time.Millisecond)
		_, err := b.ask(b.call(question))
		require.NoError(t, err)
	})
}

// runOnce runs a miner that cannot start.
func runOnce(t *testing.T, change func(*Options, *fakeChain)) error {
	t.Helper()
	f := newFakeChain()
	f.balances[addressOf(t, 78).String()] = 2_000_000_000
	o := testOptions(t, f, "http://127.0.0.1:9")
	o.Config.Listen = "127.0.0.1:0"
	change(&o, f)
	m, err := New(o)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return m.Run(ctx)
}

func TestCannotStart(t *testing.T) {
	taken, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	for _, tc := range []struct {
		name   string
		change func(*Options, *fakeChain)
		is     error
		says   []string
	}{
		{"port-taken", func(o *Options, _ *fakeChain) { o.Config.Listen = taken.Addr().String() }, ErrPortTaken, []string{taken.Addr().String(), "--listen"}},
		{"metrics-port-taken", func(o *Options, _ *fakeChain) { o.Config.MetricsListen = taken.Addr().String() }, ErrPortTaken, []string{"--metrics-listen"}},
		{"unregistered", func(o *Options, _ *fakeChain) { o.Register = false }, ErrNotRegistered, []string{"agon-miner register", "--register"}},
		{"no-owner-key", func(o *Options, _ *fakeChain) { o.Owner = nil }, ErrNoOwnerKey, []string{"agond tx subnet register"}},
		{"insufficient-funds", func(_ *Options, f *fakeChain) { clear(f.balances) }, ErrFunds, []string{"costs 1 AGON", "has 0 AGON", "send it"}},
		{"price-above-limit", func(o *Options, _ *fakeChain) { o.Config.MaxPrice = 5 }, ErrPrice, []string{"1 AGON", "--max-price"}},
		{"wrong-task", func(o *Options, _ *fakeChain) { o.Config.Task = "chat" }, ErrWrongTask, []string{"langid", "chat"}},
		{"task-of-no-mechanism", func(o *Options, f *fakeChain) { o.Config.Task, f.subnet.Mechanisms = "chat", 2 }, task.ErrUnknownTask, []string{"chat"}},
		{"unknown-task", func(_ *Options, f *fakeChain) { f.subnet.TaskKind = "chat" }, task.ErrUnknownTask, []string{"chat"}},
		{"unknown-expert", func(o *Options, _ *fakeChain) { o.Config.Expert = "" }, task.ErrUnknownExpert, []string{"whatlang", "--expert"}},
		{"dishonest", func(o *Options, _ *fakeChain) { o.Config.Expert = "random" }, ErrDishonest, []string{"--allow-dishonest"}},
		{"bad-task-parameters", func(_ *Options, f *fakeChain) { f.subnet.TaskParams = `{"languages":7}` }, task.ErrBadParameters, nil},
		{"no-public-url", func(o *Options, _ *fakeChain) { o.Config.PublicURL = "" }, ErrConfig, []string{"public-url"}},
		{"chain-cannot-be-asked", func(_ *Options, f *fakeChain) { f.down = chain.ErrNoNode }, chain.ErrNoNode, nil},
		{"no-fee-grant", func(o *Options, f *fakeChain) {
			f.neuron = &subnettypes.Neuron{Netuid: testNetuid, Hotkey: o.Hotkey.String(), Owner: addressOf(t, 50).String()}
			f.refuse = []error{chain.ErrNoFeeGrant, chain.ErrNoFeeGrant, chain.ErrNoFeeGrant}
		}, chain.ErrNoFeeGrant, []string{"publish the endpoint"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := runOnce(t, tc.change)
			require.ErrorIs(t, err, tc.is)
			for _, s := range tc.says {
				require.ErrorContains(t, err, s)
			}
			require.NotContains(t, err.Error(), "\n")
		})
	}
}

func TestRegistrationRaces(t *testing.T) {
	f := newFakeChain()
	o := testOptions(t, f, "http://127.0.0.1:9")
	f.balances[o.OwnerAddress.String()] = 2_000_000_000
	f.refuse = []error{subnettypes.ErrPriceAboveLimit, subnettypes.ErrTooManyRegistrations, nil}
	r := Registration{
		Chain: f, Owner: o.Owner, OwnerAddress: o.OwnerAddress, Hotkey: o.Hotkey, Netuid: testNetuid, FeeAllowance: 5_000, Retry: time.Millisecond, Log: o.Log,
	}
	got, err := r.Ensure(context.Background())
	require.NoError(t, err)
	require.Equal(t, Registered{UID: 7, Owner: o.OwnerAddress.String(), Price: 1_000_000_000, Granted: true, Hash: "ABCD"}, got)
	require.False(t, o.Owner.(*fakeQueue).running.Load())

	again, err := r.Ensure(context.Background())
	require.NoError(t, err)
	require.Equal(t, Registered{UID: 7, Owner: o.OwnerAddress.String()}, again, "nothing is paid twice")

	f.set(func(f *fakeChain) { clear(f.grants) })
	regrant, err := r.Ensure(context.Background())
	require.NoError(t, err)
	require.True(t, regrant.Granted)
	require.Zero(t, regrant.Price)

	f.set(func(f *fakeChain) { f.grants[o.OwnerAddress.String()+o.Hotkey.String()] = r.FeeAllowance/10 - 1 })
	renewed, err := r.Ensure(context.Background())
	require.NoError(t, err, "a grant that is nearly spent is taken back and made anew in one transaction")
	require.True(t, renewed.Granted)

	r.OwnerAddress = addressOf(t, 44)
	_, err = r.Ensure(context.Background())
	require.ErrorIs(t, err, subnettypes.ErrHotkeyOwned)

	r.OwnerAddress = o.OwnerAddress
	f.set(func(f *fakeChain) { f.neuron = nil; f.refuse = []error{chain.ErrInsufficientFunds} })
	_, err = r.Ensure(context.Background())
	require.ErrorIs(t, err, ErrFunds)
}

func TestGracefulDrain(t *testing.T) {
	busy, free := make(chan struct{}), make(chan struct{})
	b := start(t, withStub(func(ctx context.Context, _ []byte) ([]byte, error) {
		close(busy)
		select {
		case <-free:
			return []byte(`{"language":"deu","confidence":1}`), nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}))
	type result struct {
		reply *wire.Reply
		err   error
	}
	got := make(chan result, 1)
	go func() { r, err := b.ask(b.call(question)); got <- result{r, err} }()
	<-busy
	b.stop()
	require.Eventually(t, func() bool {
		c, err := net.DialTimeout("tcp", b.url[len("http://"):], time.Second)
		if err == nil {
			c.Close()
		}
		return err != nil
	}, 5*time.Second, 5*time.Millisecond, "no new connection is taken")
	select {
	case err := <-b.done:
		t.Fatalf("stopped with a request under way: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(free)
	r := <-got
	require.NoError(t, r.err)
	require.NotNil(t, r.reply.Receipt)
	err := <-b.done
	require.NoError(t, err)
	b.done <- err // for the cleanup
}

func TestDrainIsBounded(t *testing.T) {
	busy := make(chan struct{})
	b := start(t, func(o *Options) {
		withStub(func(ctx context.Context, _ []byte) ([]byte, error) { close(busy); <-ctx.Done(); return nil, ctx.Err() })(o)
		o.Config.DrainTimeout, o.Config.AnswerTimeout = 50*time.Millisecond, 6*time.Second
	})
	got := make(chan error, 1)
	go func() { _, err := b.ask(b.call(question)); got <- err }()
	<-busy
	b.stop()
	begin := time.Now()
	require.Error(t, <-got)
	require.Less(t, time.Since(begin), 4*time.Second, "cut off before the answer's own timeout")
}

func TestStartingAnswersAtOnce(t *testing.T) {
	loaded := make(chan struct{})
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	f := newFakeChain()
	o := testOptions(t, f, "http://"+l.Addr().String())
	f.balances[o.OwnerAddress.String()] = 2_000_000_000
	o.Listener = l
	o.Experts = []task.ExpertSpec{{Task: "langid", Name: "slow", New: func(ctx context.Context, _ task.ExpertConfig) (task.Expert, error) {
		close(loaded)
		<-ctx.Done()
		return nil, ctx.Err()
	}}}
	o.Config.Expert = "slow"
	m, err := New(o)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx) }()
	<-loaded
	b := &bench{t: t, url: o.Config.PublicURL}
	status, header, body := b.plain(http.MethodPost, "/v1/langid", nil)
	requireAPIError(t, status, header, body, 503, "starting")
	status, _, body = b.plain(http.MethodGet, "/healthz", nil)
	require.Equal(t, 503, status)
	require.Contains(t, string(body), `"starting"`)
	cancel()
	require.NoError(t, <-done, "a signal while loading is no error")
}

func TestMetricsListener(t *testing.T) {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	b := start(t, func(o *Options) { o.MetricsListener = l })
	_, err = b.ask(b.call(question))
	require.NoError(t, err)
	_, _ = b.ask(b.call(`{}`))
	private := &bench{t: t, url: "http://" + l.Addr().String()}
	status, _, body := private.plain(http.MethodGet, "/metrics", nil)
	require.Equal(t, 200, status)
	for _, line := range []string{
		`agon_miner_requests_total{code="ok",status="200"} 1`,
		`agon_miner_requests_total{code="invalid_request",status="400"} 1`,
		`agon_miner_receipts_total{status="200"} 1`,
		`agon_miner_ready 1`,
		`agon_miner_balance_checks_total{source="chain"} 1`,
	} {
		require.Contains(t, string(body), line)
	}
	status, _, _ = private.plain(http.MethodGet, "/healthz", nil)
	require.Equal(t, 200, status)
}

func TestPublicURLWithPath(t *testing.T) {
	b := start(t, func(o *Options) { o.Config.PublicURL += "/miners/a" })
	call := b.call(question)
	call.Endpoint += "/miners/a"
	_, err := b.ask(call)
	require.NoError(t, err)
}

func TestQueueFailureEndsTheMiner(t *testing.T) {
	broken := errors.New("queue broke")
	err := runOnce(t, func(o *Options, _ *fakeChain) {
		o.HotkeyQueue = func(sdk.AccAddress) (Queue, error) { return nil, broken }
	})
	require.ErrorIs(t, err, broken)
}

func TestSlowHeadersAreCutOff(t *testing.T) {
	if testing.Short() {
		t.Skip("takes the header timeout")
	}
	t.Parallel()
	b := start(t, nil)
	c, err := net.Dial("tcp", b.url[len("http://"):])
	require.NoError(t, err)
	defer c.Close()
	_, err = io.WriteString(c, "POST /v1/langid HTTP/1.1\r\nHost: x\r\n")
	require.NoError(t, err)
	require.NoError(t, c.SetReadDeadline(time.Now().Add(headerTimeout+5*time.Second)))
	_, err = io.ReadAll(c)
	require.NoError(t, err, "the server ended the connection, and not our deadline")
}
