package simtest

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/core/appmodule"
	"cosmossdk.io/log/v2"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app"
	"github.com/agon-chain/agon/app/apptest"
	"github.com/agon-chain/agon/internal/chance"
	"github.com/agon-chain/agon/x/emission/curve"
	emissiontypes "github.com/agon-chain/agon/x/emission/types"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
)

// ownModules are the modules whose work at a block's edges is ours.
func ownModules() []string {
	return slices.DeleteFunc(ownStores(), func(name string) bool { return name == "bank" })
}

// fork is a branch of a stage's state, between two blocks or later.
type fork struct {
	app    *app.App
	stores storetypes.CacheMultiStore
	height int64
}

func (s *stage) fork() *fork {
	return &fork{s.app, s.app.CommitMultiStore().CacheMultiStore(), s.height}
}

func (f *fork) ctx() sdk.Context {
	s := stage{height: f.height}
	return sdk.NewContext(f.stores, s.header(), false, log.NewNopLogger()).WithHeaderHash(headerHash(f.height))
}

// begin begins the next block through a tap.
func (f *fork) begin(t *tap) ([]abci.Event, error) {
	f.height++
	res, err := f.app.Modules().BeginBlock(t.into(f.ctx()))
	return res.Events, err
}

// all is the content of every store.
func (f *fork) all() map[string][]entry {
	out := map[string][]entry{}
	for name, key := range storeKeys(f.app) {
		if _, values := key.(*storetypes.KVStoreKey); values {
			out[name] = dump(f.app, f.stores, name)
		}
	}
	return out
}

// difference are the keys whose values are not the same in two states.
func difference(left, right map[string][]entry) (keys []string) {
	for _, store := range slices.Sorted(maps.Keys(left)) {
		x, y := left[store], right[store]
		for len(x) > 0 || len(y) > 0 {
			order := 0
			switch {
			case len(x) == 0:
				order = 1
			case len(y) == 0:
				order = -1
			default:
				order = bytes.Compare(x[0].key, y[0].key)
			}
			switch {
			case order < 0:
				keys = append(keys, store+"|"+string(x[0].key))
				x = x[1:]
			case order > 0:
				keys = append(keys, store+"|"+string(y[0].key))
				y = y[1:]
			default:
				if !bytes.Equal(x[0].value, y[0].value) {
					keys = append(keys, store+"|"+string(x[0].key))
				}
				x, y = x[1:], y[1:]
			}
		}
	}
	return keys
}

// failures are the events that tell of failures.
func failures(events []abci.Event) (out []any) {
	for _, e := range events {
		if !strings.HasSuffix(e.Type, "Failed") && !strings.HasSuffix(e.Type, "HyperparamsDropped") {
			continue
		}
		if msg, err := sdk.ParseTypedEvent(e); err == nil {
			out = append(out, msg)
		}
	}
	return out
}

// injector strikes the steps of the blocks that it is shown.
type injector struct {
	t       *testing.T
	table   map[string]consequence
	struck  map[string]int // how many occurrences of each step
	faults  int            // how many faults in all
	byKind  map[string]int
	resumed int
	// most is how many occurrences of each step are struck, and every how many touches of a store.
	most, stride int
}

// block injects faults into the beginning of the block after the one that a stage has just ended.
func (in *injector) block(s *stage) {
	t := in.t
	control := s.fork()
	seen := &tap{}
	_, err := control.begin(seen)
	require.NoError(t, err)
	want := control.all()
	for i, o := range seen.ran {
		c, known := in.table[o.what]
		if !known && i > 0 && slices.Contains(in.table[seen.ran[i-1].what].then, o.what) {
			continue // announced rules that no longer may be are dropped
		}
		require.True(t, known, "step %q has no consequence", o.what)
		failed := i+1 < len(seen.ran) && slices.Contains(c.then, seen.ran[i+1].what)
		if failed || in.struck[o.what] >= in.most {
			continue
		}
		in.struck[o.what]++
		in.step(s, want, i, *o, c)
	}
	in.nothingOutside(s)
}

// nothingOutside: our modules touch no store but in steps.
func (in *injector) nothingOutside(s *stage) {
	f, seen := s.fork(), &tap{}
	f.height++
	ctx := seen.into(f.ctx())
	own := ownModules()
	for _, name := range f.app.Modules().OrderBeginBlockers {
		seen.own = slices.Contains(own, name)
		if m, begins := f.app.Modules().Modules[name].(appmodule.HasBeginBlocker); begins {
			require.NoError(in.t, m.BeginBlock(ctx))
		}
		require.Zero(in.t, seen.outside, "x/%s touches a store outside of any step: if that fails, the chain stops", name)
	}
}

// omitted is the state after a block in which a step had nothing to do, and the failures of others in it.
func (in *injector) omitted(s *stage, index int, o occurrence, like string) (map[string][]entry, []any) {
	f := s.fork()
	done := false
	events, err := f.begin(&tap{fault: func(i int, now occurrence) *kind {
		if done || i < index || like != "" && now.what != like {
			return nil
		}
		done = true
		return &kind{rot: -1, around: func(func(context.Context) error) func(context.Context) error {
			return func(context.Context) error { return nil }
		}}
	}})
	require.NoError(in.t, err)
	require.True(in.t, done)
	return f.all(), failures(events)
}

// step makes one occurrence of a step fail in every way.
func (in *injector) step(s *stage, control map[string][]entry, index int, o occurrence, c consequence) {
	t := in.t
	without, others := in.omitted(s, index, o, c.like)
	var canonical map[string][]entry
	strike := func(k kind) (f *fork, found []any) {
		in.faults++
		in.byKind[k.name]++
		f = s.fork()
		events, err := f.begin(&tap{fault: func(i int, _ occurrence) *kind {
			if i == index {
				return &k
			}
			return nil
		}})
		require.NoError(t, err, "%v %s: the chain stops", o, k.name)
		return f, failures(events)
	}
	for _, k := range stepKinds() {
		f, found := strike(k)
		label := fmt.Sprintf("height %d, %v %s", f.height, o, k.name)
		// One event more than otherwise, and it tells of this step.
		require.Len(t, found, len(others)+1, label)
		require.True(t, slices.ContainsFunc(found, func(e any) bool { return c.reported(o, e) }), "%s: no event tells of it: %v", label, found)
		got := f.all()
		in.noted(o, c, difference(without, got), label)
		if canonical == nil {
			canonical = got
			for _, i := range apptest.Invariants(f.app) {
				require.NoError(t, i.Check(f.ctx()), "%s: %s", label, i.Name)
			}
			in.goesOn(f, o, label)
		}
		in.same(canonical, got, label)
	}
	for op := in.faults % in.stride; op < o.ops; op += in.stride {
		kinds := opKinds(op)
		if in.stride > 1 {
			kinds = []kind{kinds[in.faults%len(kinds)]}
		}
		for _, k := range kinds {
			f, found := strike(k)
			label := fmt.Sprintf("height %d, %v %s, %d of %d", f.height, o, k.name, op, o.ops)
			if k.rot >= 0 && len(found) == len(others) {
				continue // nonsense that is as good as sense, such as a name
			}
			require.Len(t, found, len(others)+1, label)
			in.same(canonical, f.all(), label)
		}
	}
	in.failsAgain(s, index, o, c, without)
}

// noted: the failure of a step leaves what its omission leaves, and a note of it.
func (in *injector) noted(o occurrence, c consequence, keys []string, label string) {
	places := c.noted(o)
	met := map[int]bool{}
	for _, key := range keys {
		store, rest, _ := strings.Cut(key, "|")
		i := slices.IndexFunc(places, func(p place) bool { return p.holds(store, []byte(rest)) })
		require.GreaterOrEqual(in.t, i, 0, "%s: changes store %s, key %x", label, store, rest)
		met[i] = true
	}
	require.Len(in.t, met, len(places), "%s: it is not noted", label)
}

// same: in whatever way a step fails, the same is left, but for the reason.
func (in *injector) same(want, got map[string][]entry, label string) {
	for _, key := range difference(want, got) {
		store, rest, _ := strings.Cut(key, "|")
		reason := store == "scoring" && strings.HasPrefix(rest, string(scoringtypes.EpochsPrefix.Bytes()))
		require.True(in.t, reason, "%s: leaves something else than other ways to fail in store %s, key %x", label, store, rest)
	}
}

// goesOn: blocks follow, and a subnet that was paused is paid what was kept once it is resumed.
func (in *injector) goesOn(f *fork, o occurrence, label string) {
	t := in.t
	for range 3 {
		_, err := f.begin(&tap{})
		require.NoError(t, err, label)
	}
	if o.what != "epoch" {
		return
	}
	netuid := o.netuid()
	epoch, err := f.app.ScoringKeeper.EpochOf(f.ctx(), netuid)
	require.NoError(t, err)
	require.True(t, epoch.Paused, label)
	require.NotEmpty(t, epoch.Failure, label)
	paid := func() int64 {
		gs, err := f.app.EmissionKeeper.ExportGenesis(f.ctx())
		require.NoError(t, err)
		for _, s := range gs.Subnets {
			if s.Netuid == netuid {
				return s.PaidBlock
			}
		}
		require.Fail(t, "no account", label)
		return 0
	}
	since := paid()
	ctx := f.ctx()
	resume := &scoringtypes.MsgResumeEpochs{Signer: app.Authority(), Netuid: netuid}
	_, err = f.app.MsgServiceRouter().Handler(resume)(ctx, resume)
	require.NoError(t, err, label)
	_, err = f.begin(&tap{})
	require.NoError(t, err)
	due := f.height
	supply := f.app.StakeKeeper.AlphaSupply(f.ctx(), netuid)
	events, err := f.begin(&tap{})
	require.NoError(t, err)
	require.Equal(t, due, paid(), "%s: paid after it was resumed", label)
	var emitted, injected uint64
	for _, e := range events {
		msg, err := sdk.ParseTypedEvent(e)
		if err != nil {
			continue
		}
		switch e := msg.(type) {
		case *emissiontypes.EventEpochPaid:
			if e.Netuid == netuid {
				emitted += e.Alpha + e.Burned
			}
		case *emissiontypes.EventEpochForfeited:
			if e.Netuid == netuid {
				emitted += e.Alpha
			}
		case *emissiontypes.EventPoolInjected:
			if e.Netuid == netuid {
				injected += e.Alpha
			}
		}
	}
	require.Equal(t, curve.Emit(supply+injected, uint64(due-since)), emitted, "%s: all token of %d blocks", label, due-since)
	in.resumed++
	for _, i := range apptest.Invariants(f.app) {
		require.NoError(t, i.Check(f.ctx()), "%s, resumed: %s", label, i.Name)
	}
}

// failsAgain lets the steps that note a failure fail too, one after the other: the chain goes on, and nobody else's state changes.
func (in *injector) failsAgain(s *stage, index int, o occurrence, c consequence, without map[string][]entry) {
	t := in.t
	for n := range c.then {
		broken := append([]string{o.what}, c.then[:n+1]...)
		for _, k := range []kind{stepKinds()[3], stepKinds()[4]} {
			in.faults++
			f := s.fork()
			events, err := f.begin(&tap{fault: func(i int, now occurrence) *kind {
				if i == index || i > index && i <= index+n+1 && slices.Contains(broken, now.what) {
					return &k
				}
				return nil
			}})
			label := fmt.Sprintf("height %d, %v and %v: each %s", f.height, o, c.then[:n+1], k.name)
			require.NoError(t, err, label)
			require.True(t, slices.ContainsFunc(failures(events), func(e any) bool { return c.reported(o, e) }), label)
			places := c.noted(o)
			for _, key := range difference(without, f.all()) {
				store, rest, _ := strings.Cut(key, "|")
				require.True(t, slices.ContainsFunc(places, func(p place) bool { return p.holds(store, []byte(rest)) }),
					"%s: changes store %s, key %x", label, store, rest)
			}
			for range 3 {
				_, err := f.begin(&tap{})
				require.NoError(t, err, label)
			}
			if o.what == "epoch" {
				// Paused or only out of the queue: it can be resumed, unless it ended by itself as the queue still had it.
				resume := &scoringtypes.MsgResumeEpochs{Signer: app.Authority(), Netuid: o.netuid()}
				_, err := f.app.MsgServiceRouter().Handler(resume)(f.ctx(), resume)
				if n == len(c.then)-1 {
					require.ErrorIs(t, err, scoringtypes.ErrNotPaused, label)
				} else {
					require.NoError(t, err, label)
				}
			}
		}
	}
}

const (
	// faultedSteps are the messages of a short run.
	faultedSteps = 2_000
	// strikes is how many occurrences of a step a short run strikes, and touchStride every how many touches of a store.
	strikes, touchStride = 2, 23
)

// TestFaults makes every step of begin- and end-block fail in every way, subnet by subnet and case by case, in a market that lives: the chain goes on; what
// failed leaves what it would have left had it not been due, and a note; an event tells of it; invariants hold.
func TestFaults(t *testing.T) {
	in := &injector{t: t, table: consequences(), struck: map[string]int{}, byKind: map[string]int{}, most: strikes, stride: touchStride}
	seeds, steps := []uint64{1, 2}, faultedSteps
	if *stepsFlag > 0 {
		in.most, in.stride, seeds = 10, 1, []uint64{1, 2, 3, 4}
	}
	began := time.Now()
	for _, seed := range seeds {
		run(t, seed, steps, map[string]count{}, func(p *player, _ *chance.Dice) error {
			// The player has begun the block: go back to before.
			if in.all() {
				return nil
			}
			before := &stage{app: p.app, height: p.height - 1}
			in.block(before)
			return nil
		})
	}
	for _, name := range slices.Sorted(maps.Keys(in.table)) {
		t.Logf("%-35s struck %d times", name, in.struck[name])
		if in.table[name].elsewhere == "" {
			require.NotZero(t, in.struck[name], "%s never ran: the market has no such work", name)
		}
	}
	require.NotZero(t, in.resumed)
	t.Logf("%d faults in %s; %d subnets resumed and paid; %v", in.faults, time.Since(began).Round(time.Millisecond), in.resumed, in.byKind)
}

func (in *injector) all() bool {
	for name, c := range in.table {
		if c.elsewhere == "" && in.struck[name] < in.most {
			return false
		}
	}
	return true
}
