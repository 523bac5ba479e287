package keys_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/gateway/keys"
	"github.com/agon-chain/agon/gateway/keys/store"
	"github.com/agon-chain/agon/gateway/keys/store/storetest"
)

// job is what a process of its own does.
type job struct {
	Do      string // "spend" until refused or killed, "watch" until the key is refused
	Name    string // of the database
	Spool   string
	Secret  string
	Cost    uint64
	Workers int
	Poll    time.Duration
}

// child is the process. It writes a line "begin" before and "done" after each call that it settles, and at last the refusal's code with the time.
func child(text string) {
	var j job
	fail := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	fail(json.Unmarshal([]byte(text), &j))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	db, err := store.Open(ctx, j.Name)
	fail(err)
	s, err := keys.NewService(ctx, keys.Options{Store: db, Spool: j.Spool, Poll: j.Poll})
	fail(err)
	ran := make(chan error)
	go func() { ran <- s.Run(ctx) }()
	var wg sync.WaitGroup
	for range j.Workers {
		wg.Go(func() {
			for {
				var err error
				if j.Do == "watch" {
					_, err = s.Authorize(ctx, j.Secret)
					time.Sleep(time.Millisecond)
				} else {
					var k *keys.Key
					var r *keys.Reservation
					if k, err = s.Authorize(ctx, j.Secret); err == nil {
						r, err = s.Reserve(ctx, k, keys.Want{Cost: j.Cost + 5})
					}
					if err == nil {
						say("begin")
						err = r.Settle(ctx, keys.Usage{Cost: j.Cost, Model: "1/a"})
						say("done")
					}
				}
				if ref, ok := errors.AsType[*keys.Refusal](err); ok {
					say(fmt.Sprintf("%s %d", ref.Code, time.Now().UnixNano()))
					return
				}
				fail(err)
			}
		})
	}
	say("ready")
	wg.Wait()
	cancel()
	fail(<-ran)
	fail(db.Close())
}

// say writes one line in one piece.
func say(line string) { _, _ = os.Stdout.WriteString(line + "\n") }

// process is a child that runs.
type process struct {
	cmd  *exec.Cmd
	out  *bufio.Scanner
	seen map[string]int // lines read so far, by their first word
	last string
}

func run(t *testing.T, j job) *process {
	t.Helper()
	text, err := json.Marshal(j)
	require.NoError(t, err)
	self, err := os.Executable()
	require.NoError(t, err)
	p := &process{cmd: exec.Command(self), seen: map[string]int{}}
	p.cmd.Env = append(os.Environ(), childEnv+"="+string(text))
	p.cmd.Stderr = os.Stderr
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	p.out = bufio.NewScanner(out)
	require.NoError(t, p.cmd.Start())
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // it may have ended
		_ = p.cmd.Wait()
	})
	return p
}

// until reads lines until one begins with a word for the nth time, or the output ends.
func (p *process) until(word string, n int) bool {
	for p.seen[word] < n && p.out.Scan() {
		p.last = p.out.Text()
		first, _, _ := strings.Cut(p.last, " ")
		p.seen[first]++
	}
	return p.seen[word] >= n
}

// Every call that was settled is charged, none twice, and what the dead process had reserved is free again at the next start.
func TestKillLosesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, fresh storetest.Fresh) {
		const cost, workers = 7, 8
		b := newBank(t, fresh(t), 10_000_000)
		k := b.key(t, keys.Scope{Budget: keys.Budget{Period: keys.Total, Amount: 9_000_000}})
		spool := filepath.Join(t.TempDir(), "settled [x]")
		begun, done := 0, 0
		for round := range 3 {
			p := run(t, job{Do: "spend", Name: b.name, Spool: spool, Secret: string(k.Secret), Cost: cost, Workers: workers})
			require.True(t, p.until("done", 200+150*round), "it ended by itself")
			require.NoError(t, p.cmd.Process.Signal(syscall.SIGKILL))
			p.until("", 1) // what was written before the kill
			begun, done = begun+p.seen["begin"], done+p.seen["done"]
			require.Positive(t, b.now(t).Leased, "it had leased when it was killed")
			b.conserved(t)

			if round == 1 { // a kill in the middle of a line, as on a disk that was full
				torn, err := filepath.Glob(filepath.Join(t.TempDir(), "..", "*", "settled *", "*"))
				require.NoError(t, err)
				require.Len(t, torn, 2)
				for _, name := range torn {
					f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
					require.NoError(t, err)
					_, err = f.WriteString("00000000 {\"n\":1,\"key\":{}}\n1234")
					require.NoError(t, err)
					require.NoError(t, f.Close())
				}
			}
			_, stop := b.start(t, keys.Options{Spool: spool})
			require.Zero(t, b.now(t).Leased, "leases of the dead are given back at the start")
			used := b.used(t, keys.UsageFilter{})
			require.GreaterOrEqual(t, used.Calls, uint64(done), "settled calls were lost")
			require.LessOrEqual(t, used.Calls, uint64(begun))
			require.Equal(t, used.Calls*cost, used.Cost)
			require.Zero(t, used.Uncharged)
			require.Equal(t, b.credits-used.Cost, b.now(t).Credits)
			b.conserved(t)
			stop()
			left, err := os.ReadDir(spool)
			require.NoError(t, err)
			require.Empty(t, left)
		}
	})
}

// A process that lives on the machine does for a dead one what the next start would, and leases come back without any of its files.
func TestTheLivingRecoverTheDead(t *testing.T) {
	b := newBank(t, storetest.SQLite(t), 10_000_000)
	k := b.key(t, keys.Scope{})
	spool := t.TempDir()
	p := run(t, job{Do: "spend", Name: b.name, Spool: spool, Secret: string(k.Secret), Cost: 7, Workers: 4})
	require.True(t, p.until("done", 10))
	s, stop := b.start(t, keys.Options{Spool: spool, Lease: 200 * time.Millisecond, Grace: time.Hour})
	require.NoError(t, call(t.Context(), s, k.Secret, 7))
	require.True(t, p.until("done", 200))
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGKILL))
	p.until("", 1)
	require.Eventually(t, func() bool {
		used := b.used(t, keys.UsageFilter{})
		return used.Calls >= uint64(p.seen["done"])+1 && b.now(t).Leased == 0
	}, 10*time.Second, 20*time.Millisecond)
	b.conserved(t)
	stop()

	p = run(t, job{Do: "spend", Name: b.name, Secret: string(k.Secret), Cost: 7, Workers: 4})
	require.True(t, p.until("done", 50))
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGKILL))
	p.until("", 1)
	leased := b.now(t).Leased
	require.Positive(t, leased)
	later := newClock(time.Now().Add(time.Minute + time.Second)) // the lease expired, and the grace has not
	_, stop = b.start(t, keys.Options{Lease: 40 * time.Millisecond, Now: later.now})
	time.Sleep(100 * time.Millisecond)
	require.Equal(t, leased, b.now(t).Leased, "whose clock is behind keeps what it holds")
	later.move(30 * time.Second)
	require.Eventually(t, func() bool { return b.now(t).Leased == 0 }, 10*time.Second, 10*time.Millisecond)
	stop()
	b.conserved(t)
}

// A revocation holds at once where it was made, and within Poll and a query in every other process that shares the database.
func TestRevocationReachesAllProcesses(t *testing.T) {
	const poll, slack = 400 * time.Millisecond, 2 * time.Second // slack is for machines that are busy
	storetest.Each(t, func(t *testing.T, fresh storetest.Fresh) {
		b := newBank(t, fresh(t), 1000)
		k := b.key(t, keys.Scope{})
		there := run(t, job{Do: "watch", Name: b.name, Secret: string(k.Secret), Workers: 1, Poll: poll})
		require.True(t, there.until("ready", 1))
		here, _ := b.start(t, keys.Options{Poll: time.Hour})
		b.ledger.Changed = func(ctx context.Context) { require.NoError(t, here.Refresh(ctx)) }

		under, err := reserve(t, here, k, keys.Want{Cost: 10})
		require.NoError(t, err)
		got, err := here.Authorize(t.Context(), string(k.Secret))
		require.NoError(t, err)
		began := time.Now()
		_, err = b.ledger.RevokeKey(t.Context(), k.ID)
		require.NoError(t, err)
		revoked := time.Now()

		_, err = here.Authorize(t.Context(), string(k.Secret))
		code(t, err, keys.CodeRevoked)
		_, err = here.Reserve(t.Context(), got, keys.Want{})
		code(t, err, keys.CodeRevoked)
		require.NoError(t, under.Settle(t.Context(), keys.Usage{Cost: 10}), "what is under way is settled")

		require.True(t, there.until(keys.CodeRevoked, 1), "it ended as %q", there.last)
		nanos, err := strconv.ParseInt(strings.TrimPrefix(there.last, keys.CodeRevoked+" "), 10, 64)
		require.NoError(t, err)
		at := time.Unix(0, nanos)
		require.True(t, at.After(began))
		require.Less(t, at.Sub(revoked), poll+slack)
		t.Logf("refused %s after the revocation, with Poll at %s", at.Sub(revoked).Round(time.Millisecond), poll)
	})
}

// Two processes race for one budget, and use all of it and no more.
func TestProcessesShareABudget(t *testing.T) {
	storetest.Each(t, func(t *testing.T, fresh storetest.Fresh) {
		const budget, cost = 30_000, 10
		b := newBank(t, fresh(t), 1_000_000)
		k := b.key(t, keys.Scope{Budget: keys.Budget{Period: keys.Day, Amount: budget}})
		spool := t.TempDir()
		j := job{Do: "spend", Name: b.name, Spool: spool, Secret: string(k.Secret), Cost: cost, Workers: 32}
		both := []*process{run(t, j), run(t, j)}
		done := 0
		for _, p := range both {
			require.True(t, p.until(keys.CodeBudget, 32), "it ended as %q", p.last)
			p.until("", 1)
			require.NoError(t, p.cmd.Wait())
			done += p.seen["done"]
		}
		used := b.used(t, keys.UsageFilter{})
		require.EqualValues(t, done, used.Calls)
		require.LessOrEqual(t, used.Cost, uint64(budget))
		b.conserved(t)
		require.Zero(t, b.now(t).Leased)

		rest := run(t, j)
		require.True(t, rest.until(keys.CodeBudget, 32))
		rest.until("", 1)
		require.NoError(t, rest.cmd.Wait())
		// A call may use 15 and uses 10: the last that is admitted leaves less than 15.
		require.Greater(t, b.used(t, keys.UsageFilter{}).Cost, uint64(budget-cost-5))
		require.LessOrEqual(t, b.used(t, keys.UsageFilter{}).Cost, uint64(budget))
	})
}
