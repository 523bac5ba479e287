package miner

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/miner/till"
	"github.com/agon-chain/agon/wire"
)

const (
	// envPaidVictim makes TestPaidVictim serve from this home until it is killed.
	envPaidVictim = "AGON_TEST_PAID_VICTIM"

	killRounds   = 6
	killChannels = 8
	callsAtOnce  = 3 // on each channel but the last, which has a stream
)

// TestPaidVictim is the miner of another process that TestKilledMinerForgetsNoVoucher kills. By itself it does nothing.
func TestPaidVictim(t *testing.T) {
	home := os.Getenv(envPaidVictim)
	if home == "" {
		t.Skip("a part of TestKilledMinerForgetsNoVoucher")
	}
	b := start(t, priced(home, inEvents("", 200, 200, 200, 200), func(o *Options) {
		o.Config.MaxConcurrent, o.Config.MaxQueue, o.Config.Rate, o.Config.Burst = 256, 256, 1e6, 1_000_000
		o.Config.VoucherWait = 10 * time.Second
		// Its claims are lost with it, as if the chain had never heard of them.
		o.Config.ClaimAbove = 1
		f := o.Chain.(*fakeChain)
		f.balances[addressOf(t, 2).String()] = needed
		for id := range uint64(killChannels) {
			key := voucherKey(t, byte(id+1))
			f.channels[id+1] = &till.Channel{
				ID: id + 1, Owner: addressOf(t, 1).String(), Netuid: testNetuid, Payee: o.Hotkey.String(), VoucherKey: key.Public(), Deposit: 1 << 50, ExpiresAt: 10_000,
			}
		}
	}))
	fmt.Println("victim", b.url)
	time.Sleep(time.Minute)
}

// victim starts the process.
func victim(t *testing.T, ctx context.Context, home string) (*exec.Cmd, *bench) {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(ctx, exe, "-test.run", "^TestPaidVictim$", "-test.v")
	cmd.Env = append(os.Environ(), envPaidVictim+"="+home)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	url := ""
	for lines := bufio.NewScanner(out); url == "" && lines.Scan(); {
		if u, ok := strings.CutPrefix(lines.Text(), "victim "); ok {
			url = u
		}
	}
	require.NotEmpty(t, url)
	service, err := wire.ServiceKeyFromSeed(seed(5))
	require.NoError(t, err)
	b := &bench{t: t, url: url, hotkey: addressOf(t, 77).String(), service: service}
	b.session = b.newSession(1)
	b.client, err = wire.NewClient(wire.ClientOptions{ChainID: testChain, AllowPrivate: true, FreshConnections: true, Timeout: 10 * time.Second})
	require.NoError(t, err)
	return cmd, b
}

// ledger is what a payer knows of one channel.
type ledger struct {
	mu      sync.Mutex
	ch      *channel
	signed  uint64 // over which the highest voucher was sent
	taken   uint64 // the highest that the miner is known to hold: a call or a 204 was answered by it
	charged uint64 // highest sum that the miner has said is spent
	exposed uint64 // what the calls that can be under way cost at most
}

// next signs a voucher that covers so much more than all that was signed for.
func (l *ledger) next(t testing.TB, need uint64) (string, uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.signed += need
	return l.ch.voucher(t, l.signed), l.signed
}

func (l *ledger) answered(cumulative uint64, charge *wire.Charge) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.taken = max(l.taken, cumulative)
	if charge != nil {
		l.charged = max(l.charged, charge.Spent)
	}
}

// A miner that is killed under load, again and again, knows after each start every voucher that it answered, so that it is never out of more than the
// calls under way; and it counts no call that was not served, so that no payer is either.
func TestKilledMinerForgetsNoVoucher(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	home := t.TempDir()
	body := `{"text":"der alte Hund","max_tokens":100}`
	whole, err := testPrice.Reserve(wire.ReadDemand([]byte(body), 0), 0)
	require.NoError(t, err)
	demand := wire.ReadDemand([]byte(paidStream), 0)
	first, err := testPrice.Reserve(demand, 0)
	require.NoError(t, err)
	all, err := testPrice.Cost(demand.Input, demand.Output)
	require.NoError(t, err)
	var ledgers []*ledger
	for id := range uint64(killChannels) {
		l := &ledger{ch: &channel{id: id + 1, key: voucherKey(t, byte(id+1)), chain: testChain}, exposed: callsAtOnce * testPrice.PerRequest}
		if id == killChannels-1 {
			l.exposed = all
		}
		ledgers = append(ledgers, l)
	}
	served := 0
	for round := range killRounds {
		cmd, b := victim(t, ctx, home)
		if round > 0 {
			for _, l := range ledgers {
				learn(t, b, l)
			}
		}
		load, stop := context.WithCancel(ctx)
		var wg sync.WaitGroup
		var mu sync.Mutex
		for i, l := range ledgers {
			for range callsAtOnce {
				if i == killChannels-1 {
					break
				}
				wg.Go(func() {
					for load.Err() == nil {
						v, cumulative := l.next(t, whole)
						reply, err := b.client.Do(load, paying(b.call(body), v))
						if err != nil {
							return // killed, or refused since vouchers overtook one another
						}
						l.answered(cumulative, reply.Charge)
						mu.Lock()
						served++
						mu.Unlock()
					}
				})
			}
		}
		wg.Go(func() {
			l := ledgers[killChannels-1]
			for load.Err() == nil {
				rest, cumulative := l.next(t, all)
				begin := cumulative - all + first
				reply, err := b.client.Stream(load, paying(b.call(paidStream), l.ch.voucher(t, begin)), func([]byte) error {
					l.answered(begin, nil)
					if err := b.client.SendVoucher(load, b.url, rest); err != nil {
						return err
					}
					l.answered(cumulative, nil)
					return nil
				})
				if err != nil {
					return
				}
				l.answered(cumulative, reply.Charge)
			}
		})
		time.Sleep(300*time.Millisecond + rand.N(300*time.Millisecond))
		require.NoError(t, cmd.Process.Kill())
		_ = cmd.Wait()
		wg.Wait()
		stop()
		b.client.Close()
	}
	cmd, b := victim(t, ctx, home)
	for _, l := range ledgers {
		learn(t, b, l)
	}
	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait()
	b.client.Close()
	require.Greater(t, served, 10*killRounds, "there was a load")
}

// learn asks how a channel stands after a crash, and compares.
func learn(t *testing.T, b *bench, l *ledger) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	// From an account that has never paid: it is told how the channel stands, and served nothing.
	call := b.call(question)
	call.Session = b.newSession(2)
	reply, err := b.ask(paying(call, l.ch.voucher(t, 1)))
	api, ok := errors.AsType[*wire.APIError](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, http.StatusPaymentRequired, api.Status)
	p, err := wire.ParsePaymentRequired(reply.Body)
	require.NoError(t, err)
	s := p.Accepts[0].Extra
	id := strconv.FormatUint(l.ch.id, 10)
	require.GreaterOrEqual(t, s.Vouched, l.taken, "channel %s: a voucher that was answered is lost", id)
	require.LessOrEqual(t, s.Vouched, l.signed, "channel %s: a voucher that nobody signed", id)
	require.Equal(t, l.ch.voucher(t, s.Vouched), s.Voucher, "channel %s: the payer's own signature", id)
	require.Zero(t, s.Reserved, "channel %s", id)
	// What was under way when it died is all that either side is out of.
	require.LessOrEqual(t, s.Spent, l.charged+l.exposed, "channel %s: calls are counted that nobody was served", id)
	require.GreaterOrEqual(t, s.Spent+l.exposed, l.charged, "channel %s: calls that were answered are not counted", id)
	l.charged = s.Spent
	l.signed = max(l.signed, s.Vouched)
	l.taken = s.Vouched
}
