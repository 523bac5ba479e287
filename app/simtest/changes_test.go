package simtest

import (
	"fmt"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app"
	"github.com/agon-chain/agon/app/apptest"
	crowdfundtypes "github.com/agon-chain/agon/x/crowdfund/types"
	disputetypes "github.com/agon-chain/agon/x/dispute/types"
	emissiontypes "github.com/agon-chain/agon/x/emission/types"
	modeltypes "github.com/agon-chain/agon/x/model/types"
	paymenttypes "github.com/agon-chain/agon/x/payment/types"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// change is a message that moves one value of some rules to an extreme that the chain takes.
type change struct {
	name string
	msg  sdk.Msg
}

// rules gives a message with a pointer to the rules in it, which are as they are now.
type rules struct {
	name string
	make func() (msg sdk.Msg, values reflect.Value)
}

// allRules are the parameters of every module of ours, and the hyperparameters of the subnets that live.
func (f *fork) allRules(t *testing.T) []rules {
	t.Helper()
	cdc := f.app.Encoding().Codec
	state, err := f.app.Modules().ExportGenesisForModules(f.ctx(), cdc, ownModules())
	require.NoError(t, err)
	authority := app.Authority()
	var (
		subnet    subnettypes.GenesisState
		stake     staketypes.GenesisState
		scoring   scoringtypes.GenesisState
		emission  emissiontypes.GenesisState
		crowdfund crowdfundtypes.GenesisState
		model     modeltypes.GenesisState
		dispute   disputetypes.GenesisState
		payment   paymenttypes.GenesisState
	)
	cdc.MustUnmarshalJSON(state[subnettypes.ModuleName], &subnet)
	cdc.MustUnmarshalJSON(state[staketypes.ModuleName], &stake)
	cdc.MustUnmarshalJSON(state[scoringtypes.ModuleName], &scoring)
	cdc.MustUnmarshalJSON(state[emissiontypes.ModuleName], &emission)
	cdc.MustUnmarshalJSON(state[crowdfundtypes.ModuleName], &crowdfund)
	cdc.MustUnmarshalJSON(state[modeltypes.ModuleName], &model)
	cdc.MustUnmarshalJSON(state[disputetypes.ModuleName], &dispute)
	cdc.MustUnmarshalJSON(state[paymenttypes.ModuleName], &payment)
	of := func(params any) reflect.Value { return reflect.ValueOf(params).Elem() }
	list := []rules{
		{"subnet", func() (sdk.Msg, reflect.Value) {
			m := &subnettypes.MsgUpdateParams{Authority: authority, Params: subnet.Params}
			return m, of(&m.Params)
		}},
		{"stake", func() (sdk.Msg, reflect.Value) {
			m := &staketypes.MsgUpdateParams{Authority: authority, Params: stake.Params}
			return m, of(&m.Params)
		}},
		{"scoring", func() (sdk.Msg, reflect.Value) {
			m := &scoringtypes.MsgUpdateParams{Authority: authority, Params: scoring.Params}
			return m, of(&m.Params)
		}},
		{"emission", func() (sdk.Msg, reflect.Value) {
			m := &emissiontypes.MsgUpdateParams{Authority: authority, Params: emission.Params}
			return m, of(&m.Params)
		}},
		{"crowdfund", func() (sdk.Msg, reflect.Value) {
			m := &crowdfundtypes.MsgUpdateParams{Authority: authority, Params: crowdfund.Params}
			return m, of(&m.Params)
		}},
		{"model", func() (sdk.Msg, reflect.Value) {
			m := &modeltypes.MsgUpdateParams{Authority: authority, Params: model.Params}
			return m, of(&m.Params)
		}},
		{"payment", func() (sdk.Msg, reflect.Value) {
			m := &paymenttypes.MsgUpdateParams{Authority: authority, Params: payment.Params}
			return m, of(&m.Params)
		}},
		{"dispute", func() (sdk.Msg, reflect.Value) {
			m := &disputetypes.MsgUpdateParams{Authority: authority, Params: dispute.Params}
			return m, of(&m.Params)
		}},
	}
	require.Len(t, list, len(ownModules()), "a module's parameters are not changed here")
	for _, s := range subnet.Subnets {
		if s.DissolvedAt != 0 || s.StartedAt == 0 {
			continue
		}
		list = append(list, rules{fmt.Sprintf("netuid %d", s.Netuid), func() (sdk.Msg, reflect.Value) {
			m := &subnettypes.MsgUpdateHyperparams{Owner: s.Owner, Netuid: s.Netuid, Hyperparams: s.Hyperparams}
			return m, of(&m.Hyperparams)
		}})
	}
	return list
}

// taken says whether the chain takes a message now; nothing of it stays.
func (f *fork) taken(msg sdk.Msg) bool {
	branch, _ := f.ctx().CacheContext()
	_, err := f.app.MsgServiceRouter().Handler(msg)(branch, msg)
	return err == nil
}

// extremes are changes of each single value to the least and to the most that the chain takes now. Where bounds have gaps they are
// those of the values around the present one.
func (f *fork) extremes(t *testing.T) (list []change) {
	t.Helper()
	for _, r := range f.allRules(t) {
		_, values := r.make()
		for i := range values.NumField() {
			name := r.name + " " + values.Type().Field(i).Name
			with := func(set func(reflect.Value)) sdk.Msg {
				msg, values := r.make()
				set(values.Field(i))
				return msg
			}
			add := func(how string, msg sdk.Msg) { list = append(list, change{name + how, msg}) }
			switch now := values.Field(i); now.Kind() {
			case reflect.Bool:
				msg := with(func(v reflect.Value) { v.SetBool(!v.Bool()) })
				if f.taken(msg) {
					add(fmt.Sprintf(" = %v", !now.Bool()), msg)
				}
			case reflect.Uint32, reflect.Uint64:
				set := func(n uint64) sdk.Msg { return with(func(v reflect.Value) { v.SetUint(n) }) }
				most := uint64(math.MaxUint32)
				if now.Kind() == reflect.Uint64 {
					most = math.MaxUint64
				}
				if !f.taken(set(now.Uint())) {
					continue // the rules as they are would not be taken any more, whatever this one says
				}
				least := furthest(now.Uint(), 0, func(n uint64) bool { return f.taken(set(n)) })
				most = furthest(now.Uint(), most, func(n uint64) bool { return f.taken(set(n)) })
				for _, n := range []uint64{least, most} {
					if n != now.Uint() {
						add(fmt.Sprintf(" = %d", n), set(n))
					}
				}
			case reflect.Int32:
				for _, n := range []int64{math.MinInt16 + 1, -1, 0, 1, math.MaxInt16} {
					msg := with(func(v reflect.Value) { v.SetInt(n) })
					if f.taken(msg) {
						add(fmt.Sprintf(" = %d", n), msg)
					}
				}
			case reflect.Slice: // the split among mechanisms
				for _, split := range [][]uint32{{10_000}, {1, 9_999}, {5_000, 3_000, 2_000}} {
					msg := with(func(v reflect.Value) { v.Set(reflect.ValueOf(split)) })
					if f.taken(msg) {
						add(fmt.Sprintf(" = %v", split), msg)
					}
				}
			case reflect.Struct: // the default hyperparameters, which are a subnet's own once it is created
			default:
				require.Fail(t, "no extremes of a value", "%s is a %s", name, now.Kind())
			}
		}
	}
	return list
}

// furthest is the value furthest from one that is taken, towards another, that is taken too.
func furthest(from, to uint64, taken func(uint64) bool) uint64 {
	if taken(to) {
		return to
	}
	for max(from, to)-min(from, to) > 1 {
		half := min(from, to) + (max(from, to)-min(from, to))/2
		if taken(half) {
			from = half
		} else {
			to = half
		}
	}
	return from
}

// TestChangesAtEveryHeight moves each parameter of each module, and each hyperparameter of each subnet, to its extremes, at every height of an
// epoch of a market that lives: the chain goes on, nothing fails, invariants hold, and no epoch is missed.
func TestChangesAtEveryHeight(t *testing.T) {
	began := time.Now()
	p := run(t, 1, 1_500, map[string]count{}, nil)
	require.NoError(t, p.end())
	base := p.fork()
	// Announced rules are in force at once, so that a change is one of this height.
	for _, r := range base.allRules(t) {
		if r.name != "subnet" {
			continue
		}
		msg, values := r.make()
		values.FieldByName("HyperparamsDelay").SetUint(0)
		_, err := base.app.MsgServiceRouter().Handler(msg)(base.ctx(), msg)
		require.NoError(t, err)
	}
	const short = 15 // every how many of the changes a short run makes at a height, so that most are made at one
	heights := int64(0)
	for _, epoch := range base.epochs(t) {
		s, err := base.app.SubnetKeeper.GetSubnet(base.ctx(), epoch.Netuid)
		require.NoError(t, err)
		heights = max(heights, min(int64(s.Hyperparams.Tempo), 15))
	}
	made, names := 0, map[string]bool{}
	for at := range heights {
		for i, c := range base.extremes(t) {
			if *stepsFlag == 0 && (int64(i)+at)%short != 0 {
				continue
			}
			f := base.branch()
			label := fmt.Sprintf("height %d, %s", f.height, c.name)
			_, err := f.app.MsgServiceRouter().Handler(c.msg)(f.ctx(), c.msg)
			require.NoError(t, err, label)
			made, names[c.name] = made+1, true
			blocks := heights + 2
			if *stepsFlag == 0 {
				blocks = 8
			}
			f.live(t, blocks, label)
		}
		_, err := base.begin(&tap{})
		require.NoError(t, err)
	}
	require.Greater(t, len(names), 100)
	t.Logf("%d changes, %d of them different, at %d heights in %s", made, len(names), heights, time.Since(began).Round(time.Millisecond))
}

// branch is a fork of a fork.
func (f *fork) branch() *fork { return &fork{f.app, f.stores.CacheMultiStore(), f.height} }

// epochs are those that run.
func (f *fork) epochs(t *testing.T) (list []scoringtypes.Epoch) {
	t.Helper()
	netuids, err := f.app.SubnetKeeper.Netuids(f.ctx())
	require.NoError(t, err)
	for _, netuid := range netuids {
		epoch, err := f.app.ScoringKeeper.EpochOf(f.ctx(), netuid)
		require.NoError(t, err)
		if epoch.DueAt != 0 {
			list = append(list, epoch)
		}
	}
	require.NotEmpty(t, list)
	return list
}

// live makes some blocks, in which every epoch that is due ends.
func (f *fork) live(t *testing.T, blocks int64, label string) {
	t.Helper()
	before := f.epochs(t)
	for range blocks {
		events, err := f.begin(&tap{})
		require.NoError(t, err, label)
		for _, failed := range failures(events) {
			_, dropped := failed.(*subnettypes.EventHyperparamsDropped)
			require.True(t, dropped, "%s: %T %v", label, failed, failed)
		}
	}
	for _, epoch := range before {
		now, err := f.app.ScoringKeeper.EpochOf(f.ctx(), epoch.Netuid)
		require.NoError(t, err)
		require.False(t, now.Paused, label)
		if epoch.DueAt+maxLate < f.height {
			require.Greater(t, now.Index, epoch.Index, "%s: netuid %d missed an epoch", label, epoch.Netuid)
		}
		require.Greater(t, now.DueAt+maxLate, f.height, "%s: netuid %d", label, epoch.Netuid)
	}
	for _, i := range apptest.Invariants(f.app) {
		require.NoError(t, i.Check(f.ctx()), "%s: %s", label, i.Name)
	}
}

// TestExportAtEveryHeight exports a market that lives at every height of an epoch: a chain that starts from it has the same bytes in its
// stores, and still has them after further blocks, epochs among them.
func TestExportAtEveryHeight(t *testing.T) {
	p := run(t, 2, 1_500, map[string]count{}, nil)
	require.NoError(t, p.end())
	base := p.fork()
	cdc := p.app.Encoding().Codec
	ends := map[int64]bool{} // how many blocks before it an epoch's end lies
	for range 12 {
		for _, epoch := range base.epochs(t) {
			ends[epoch.DueAt-base.height] = true
		}
		state, err := p.app.Modules().ExportGenesis(base.ctx(), cdc)
		require.NoError(t, err)
		require.NoError(t, p.app.Basics().ValidateGenesis(cdc, p.app.Encoding().TxConfig, state))
		twin, err := newTwin(state, base.height)
		require.NoError(t, err)
		original, imported := base.branch(), twin.fork()
		require.NoError(t, sameStores(original.app, original.stores, imported.app, imported.stores), "height %d", base.height)
		for range 6 {
			for _, f := range []*fork{original, imported} {
				_, err := f.begin(&tap{})
				require.NoError(t, err)
			}
		}
		require.NoError(t, sameStores(original.app, original.stores, imported.app, imported.stores), "6 blocks after height %d", base.height)
		_, err = base.begin(&tap{})
		require.NoError(t, err)
	}
	for before := range int64(6) {
		require.True(t, ends[before], "no epoch ends %d blocks after an export", before)
	}
}
