package simtest

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/core/appmodule"
	"cosmossdk.io/log/v2"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/module"

	"github.com/agon-chain/agon/app"
	"github.com/agon-chain/agon/app/apptest"
	"github.com/agon-chain/agon/internal/chance"
	disputetypes "github.com/agon-chain/agon/x/dispute/types"
	"github.com/agon-chain/agon/x/emission/curve"
	emissiontypes "github.com/agon-chain/agon/x/emission/types"
	modeltypes "github.com/agon-chain/agon/x/model/types"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// place is where the failure of a step may be noted: keys of a store that begin and end so.
type place struct {
	store         string
	prefix        []byte
	begins, after []byte
}

func (p place) holds(store string, key []byte) bool {
	rest, is := bytes.CutPrefix(key, p.prefix)
	return store == p.store && is && bytes.HasPrefix(rest, p.begins) && bytes.HasSuffix(rest, p.after)
}

// consequence is what follows from the failure of a step.
type consequence struct {
	// like is the step whose omission leaves the same state but for what is noted; the step itself if empty.
	like string
	// noted is what the state says of the failure, beyond what it would say had the step not been due. All of it must differ.
	noted func(o occurrence) []place
	// reported says that an event tells of the failure.
	reported func(o occurrence, event any) bool
	// then are the steps that note the failure, in their order. Where one fails too the next is tried, and where all fail, the next
	// block tries all again.
	then []string
}

func be32(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }
func be64(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// consequences are those of every step of begin- and end-block, of all modules of ours. TestEveryStepHasAConsequence keeps a new step from
// going untested.
func consequences() map[string]consequence {
	nothing := func(occurrence) []place { return nil }
	// Nothing is noted: the next block does it again.
	again := func(reported func(work string, event any) bool) consequence {
		return consequence{noted: nothing, reported: func(o occurrence, e any) bool { return reported(o.what, e) }}
	}
	scoring := func(work string, e any) bool {
		event, is := e.(*scoringtypes.EventBlockWorkFailed)
		return is && event.Work == work && event.Netuid == 0
	}
	subnet := func(work string, e any) bool {
		event, is := e.(*subnettypes.EventBlockWorkFailed)
		return is && event.Work == work
	}
	dispute := func(work string, e any) bool {
		event, is := e.(*disputetypes.EventBlockWorkFailed)
		return is && event.Work == work
	}
	model := func(_ string, e any) bool {
		event, is := e.(*modeltypes.EventChallengesFailed)
		return is && event.Netuid == 0 && event.VersionId == 0
	}
	emission := func(work string, e any) bool {
		event, is := e.(*emissiontypes.EventBlockWorkFailed)
		return is && event.Work == work
	}
	paused := consequence{
		like: "epoch",
		noted: func(o occurrence) []place {
			return []place{
				{"scoring", scoringtypes.DuePrefix.Bytes(), nil, be32(o.netuid())},
				{"scoring", scoringtypes.EpochsPrefix.Bytes(), be32(o.netuid()), nil},
			}
		},
		reported: func(o occurrence, e any) bool {
			event, is := e.(*scoringtypes.EventEpochFailed)
			return is && event.Netuid == o.netuid()
		},
		then: []string{"pause of a subnet", "way out of the queue of epochs"},
	}
	return map[string]consequence{
		"queue of epochs":  again(scoring),
		"size of an epoch": paused,
		"epoch":            paused,

		"list of commits without a seed": again(scoring),
		"seed of a commit": {
			noted: func(o occurrence) []place {
				return []place{
					{"scoring", scoringtypes.FreshPrefix.Bytes(), be32(o.netuid()), nil},
					{"scoring", scoringtypes.CommitsPrefix.Bytes(), be32(o.netuid()), nil},
				}
			},
			reported: func(o occurrence, e any) bool {
				event, is := e.(*scoringtypes.EventBlockWorkFailed)
				return is && event.Work == o.what && event.Netuid == o.netuid()
			},
			then: []string{"removal of a commit"},
		},

		"queue of hyperparameters": again(subnet),
		"change of hyperparameters": {
			noted: func(o occurrence) []place {
				return []place{
					{"subnet", subnettypes.HyperparamsDuePrefix.Bytes(), nil, be32(o.netuid())},
					{"subnet", subnettypes.PendingHyperparamsPrefix.Bytes(), be32(o.netuid()), nil},
				}
			},
			reported: func(o occurrence, e any) bool {
				event, is := e.(*subnettypes.EventHyperparamsDropped)
				return is && event.Netuid == o.netuid()
			},
			then: []string{"drop of hyperparameters"},
		},
		"list of dissolved subnets": again(subnet),
		"removal": {
			noted: func(o occurrence) []place {
				return []place{{"subnet", subnettypes.DissolvingPrefix.Bytes(), be32(o.netuid()), nil}}
			},
			reported: func(o occurrence, e any) bool {
				event, is := e.(*subnettypes.EventDissolutionFailed)
				return is && event.Netuid == o.netuid()
			},
			then: []string{"end of a removal"},
		},

		"queue of challenges": again(model),
		"end of a binding": {
			noted: func(o occurrence) []place {
				of := slices.Concat(be32(o.netuid()), be32(o.value("uid").(uint32)), be64(o.value("version_id").(uint64)))
				return []place{
					{"model", modeltypes.ChallengesDuePrefix.Bytes(), nil, of},
					{"model", modeltypes.BindingsPrefix.Bytes(), of, nil},
				}
			},
			reported: func(o occurrence, e any) bool {
				event, is := e.(*modeltypes.EventChallengesFailed)
				return is && event.Netuid == o.netuid() && event.VersionId == o.value("version_id")
			},
			then: []string{"withdrawal of a challenge", "way out of the queue of challenges"},
		},
		"end of reservations": again(model),
		"end of bars":         again(model),
		"draw of challenges":  again(model),

		"queue of cases": again(dispute),
		"case": {
			noted: func(o occurrence) []place {
				return []place{
					{"dispute", disputetypes.DuePrefix.Bytes(), nil, be64(o.id())},
					{"dispute", disputetypes.CasesPrefix.Bytes(), be64(o.id()), nil},
				}
			},
			reported: func(o occurrence, e any) bool {
				event, is := e.(*disputetypes.EventCaseFailed)
				return is && event.CaseId == o.id()
			},
			then: []string{"wait of a case", "way out of the queue of cases"},
		},
		"queue of old cases": again(dispute),
		"removal of a case":  again(dispute),

		"emission of a block": again(emission),
	}
}

// ownModules are the modules whose work at a block's edges is ours.
func ownModules() []string {
	return slices.DeleteFunc(ownStores(), func(name string) bool { return name == "bank" })
}

// TestEveryStepHasAConsequence reads the modules' code for steps, so that what a new one's failure leads to is written down here, and
// tested by TestFaults. A step that is none of a package's name is not overlooked: TestFaults finds stores touched outside of steps.
func TestEveryStepHasAConsequence(t *testing.T) {
	var want []string
	for name, c := range consequences() {
		want = append(want, name)
		want = append(want, c.then...)
	}
	slices.Sort(want)
	want = slices.Compact(want)
	var found []string
	files := 0
	for _, own := range ownModules() {
		require.NoError(t, filepath.WalkDir(filepath.Join("..", "..", "x", own), func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			files++
			found = append(found, stepsIn(t, path)...)
			return nil
		}))
	}
	require.NotZero(t, files)
	slices.Sort(found)
	require.Equal(t, want, slices.Compact(found))
	// Work that is not in steps would have to be found otherwise.
	for _, name := range ownModules() {
		m := newApp(t).Modules().Modules[name]
		_, ends := m.(appmodule.HasEndBlocker)
		_, updates := m.(module.HasABCIEndBlock)
		_, before := m.(appmodule.HasPreBlocker)
		require.False(t, ends || updates || before, "%s does work that TestFaults does not see", name)
	}
}

// stepsIn are the names of the steps in a file: literals, or constants of the same file.
func stepsIn(t *testing.T, path string) (names []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	require.NoError(t, err)
	constants := map[string]string{}
	text := func(e ast.Expr) string {
		switch e := e.(type) {
		case *ast.BasicLit:
			if e.Kind != token.STRING {
				return ""
			}
			s, err := strconv.Unquote(e.Value)
			require.NoError(t, err)
			return s
		case *ast.Ident:
			return constants[e.Name]
		}
		return ""
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			constants = map[string]string{}
		case *ast.ValueSpec:
			for i, name := range n.Names {
				if i < len(n.Values) {
					constants[name.Name] = text(n.Values[i])
				}
			}
		case *ast.CallExpr:
			call, is := n.Fun.(*ast.SelectorExpr)
			if !is || call.Sel.Name != "Step" {
				break
			}
			if of, is := call.X.(*ast.Ident); is && of.Name == "isolate" {
				name := text(n.Args[1])
				require.NotEmpty(t, name, "%s: a step is named by a literal or by a constant of its function", path)
				names = append(names, name)
			}
		}
		return true
	})
	return names
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
		require.NotZero(t, in.struck[name], "%s never ran: the market has no such work", name)
	}
	require.NotZero(t, in.resumed)
	t.Logf("%d faults in %s; %d subnets resumed and paid; %v", in.faults, time.Since(began).Round(time.Millisecond), in.resumed, in.byKind)
}

func (in *injector) all() bool {
	for name := range in.table {
		if in.struck[name] < in.most {
			return false
		}
	}
	return true
}
