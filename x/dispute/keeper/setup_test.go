package keeper_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/baseapp"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/x/dispute/keeper"
	"github.com/agon-chain/agon/x/dispute/types"
	subnetkeeper "github.com/agon-chain/agon/x/subnet/keeper"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

const (
	guilty     = types.Verdict_VERDICT_GUILTY
	notGuilty  = types.Verdict_VERDICT_NOT_GUILTY
	cannotTell = types.Verdict_VERDICT_CANNOT_TELL
	absent     = types.Verdict_VERDICT_UNSPECIFIED

	// The hotkeys 0 to 4 are validators with stake, 5 to 7 miners that serve, 8 a neuron that serves nothing.
	validators, first, silent = 5, 5, 8
	// price of a uid, half of which is held.
	price = 1_000_001
)

var stakes = [validators]uint64{5_000_000, 4_000_000, 3_000_000, 2_000_000, 1_000_000}

// fixture is a subnet whose validators have their permits.
type fixture struct {
	*markettest.Market
	t      testing.TB
	netuid uint32
	msg    types.MsgServer
	// promised are what judges keep until their reveal, by case and judge.
	promised map[string]types.MsgRevealVote
}

func setup(t testing.TB) *fixture {
	m := markettest.New(t, markettest.Config{})
	h := markettest.Hyperparams()
	h.CommitReveal, h.ExamReceipts, h.ExamOpenings, h.WeightsInterval = false, 0, 0, 0
	h.MinRegistrationPrice, h.MaxRegistrationPrice, h.MaxNeurons = price, price, 9
	f := &fixture{Market: m, t: t, netuid: m.CreateSubnet(h), msg: keeper.NewMsgServer(m.Dispute), promised: map[string]types.MsgRevealVote{}}
	for n := range silent + 1 {
		require.EqualValues(t, n, m.Register(f.netuid, n))
	}
	for n := first; n < silent; n++ {
		m.Serve(f.netuid, n, markettest.ServiceKey(n, 0))
	}
	for n, alpha := range stakes {
		m.StakeToken(f.netuid, n, alpha)
	}
	f.epoch()
	f.setParams(func(p *types.Params) {
		p.CommitBlocks, p.RevealBlocks, p.BarAfterRejection, p.RestAfterUndecided, p.Retention = 3, 2, 20, 4, 30
	})
	return f
}

// epoch ends the subnet's epoch.
func (f *fixture) epoch() {
	f.t.Helper()
	e, err := f.Scoring.EpochOf(f.Ctx, f.netuid)
	require.NoError(f.t, err)
	f.To(e.DueAt)
	f.Next()
}

func (f *fixture) setParams(change func(*types.Params)) {
	f.t.Helper()
	gs, err := f.Dispute.ExportGenesis(f.Ctx)
	require.NoError(f.t, err)
	change(&gs.Params)
	_, err = f.msg.UpdateParams(f.Ctx, &types.MsgUpdateParams{Authority: f.Authority, Params: gs.Params})
	require.NoError(f.t, err)
}

func hash(text string) []byte {
	h := sha256.Sum256([]byte(text))
	return h[:]
}

func (f *fixture) accusation(by, miner int) *types.MsgAccuse {
	return &types.MsgAccuse{
		Hotkey: markettest.Hotkey(by).String(), Netuid: f.netuid, Miner: markettest.Hotkey(miner).String(),
		Evidence: hash("what the accuser saw"), Log10E: 4_200, Reason: "text of another model",
	}
}

func (f *fixture) tryAccuse(m *types.MsgAccuse) (*types.MsgAccuseResponse, error) {
	var res *types.MsgAccuseResponse
	err := f.Tx(func(ctx sdk.Context) (err error) {
		res, err = f.msg.Accuse(ctx, m)
		return err
	})
	return res, err
}

func (f *fixture) accuse(by, miner int) uint64 {
	f.t.Helper()
	res, err := f.tryAccuse(f.accusation(by, miner))
	require.NoError(f.t, err)
	return res.CaseId
}

// vote is what the n-th judge promises in a case.
func vote(id uint64, n int, v types.Verdict) types.Vote {
	return types.Vote{CaseID: id, Hotkey: markettest.Hotkey(n), Verdict: v, Evidence: hash(fmt.Sprint("what judge saw ", n)), Salt: hash(fmt.Sprint("salt", id, n))[:types.MinSalt]}
}

func (f *fixture) commit(id uint64, n int, v types.Verdict) error {
	promise := vote(id, n, v)
	sum := promise.Hash()
	f.promised[fmt.Sprint(id, " ", n)] = types.MsgRevealVote{
		Hotkey: markettest.Hotkey(n).String(), CaseId: id, Verdict: v, Evidence: promise.Evidence, Salt: promise.Salt,
	}
	return f.Tx(func(ctx sdk.Context) error {
		_, err := f.msg.CommitVote(ctx, &types.MsgCommitVote{Hotkey: markettest.Hotkey(n).String(), CaseId: id, Hash: sum[:]})
		return err
	})
}

func (f *fixture) reveal(id uint64, n int) error {
	m := f.promised[fmt.Sprint(id, " ", n)]
	return f.send(&m)
}

func (f *fixture) send(m *types.MsgRevealVote) error {
	return f.Tx(func(ctx sdk.Context) error {
		_, err := f.msg.RevealVote(ctx, m)
		return err
	})
}

// votes lets judges say what they think, by number, up to the end of the windows. It returns the events of the block
// that decides.
func (f *fixture) votes(id uint64, verdicts ...types.Verdict) []sdk.Event {
	f.t.Helper()
	f.commits(id, verdicts...)
	return f.decide(id, verdicts...)
}

func (f *fixture) commits(id uint64, verdicts ...types.Verdict) {
	f.t.Helper()
	for n, v := range verdicts {
		if v != absent {
			require.NoError(f.t, f.commit(id, n, v))
		}
	}
	f.To(f.get(id).Terms.CommitUntil + 1)
}

func (f *fixture) decide(id uint64, verdicts ...types.Verdict) []sdk.Event {
	f.t.Helper()
	for n, v := range verdicts {
		if v != absent {
			require.NoError(f.t, f.reveal(id, n))
		}
	}
	f.To(f.get(id).Terms.RevealUntil)
	require.True(f.t, f.get(id).Open(), "not before the last reveal")
	f.Next()
	require.False(f.t, f.get(id).Open())
	return f.Ctx.EventManager().Events()
}

func (f *fixture) get(id uint64) types.Case {
	f.t.Helper()
	c, err := f.Dispute.GetCase(f.Ctx, id)
	require.NoError(f.t, err)
	return c
}

func (f *fixture) queries() types.QueryClient {
	h := baseapp.NewQueryServerTestHelper(f.Ctx, f.Registry)
	types.RegisterQueryServer(h, keeper.NewQueryServer(f.Dispute))
	return types.NewQueryClient(h)
}

func (f *fixture) record(miner int) *types.QueryRecordResponse {
	f.t.Helper()
	res, err := f.queries().Record(f.Ctx, &types.QueryRecordRequest{Netuid: f.netuid, Miner: markettest.Hotkey(miner).String()})
	require.NoError(f.t, err)
	return res
}

func (f *fixture) nagon(of sdk.AccAddress) uint64 {
	return f.Bank.GetBalance(f.Ctx, of, params.BaseDenom).Amount.Uint64()
}

func (f *fixture) supply() uint64 {
	return f.Bank.GetSupply(f.Ctx, params.BaseDenom).Amount.Uint64()
}

func pool() sdk.AccAddress { return authtypes.NewModuleAddress(markettest.CommunityPool) }

func (f *fixture) collateral(n int) subnettypes.Collateral {
	f.t.Helper()
	uid, err := f.Subnet.UIDOf(f.Ctx, f.netuid, markettest.Hotkey(n))
	require.NoError(f.t, err)
	c, err := f.Subnet.CollateralOf(f.Ctx, f.netuid, uid)
	require.NoError(f.t, err)
	return c
}

func (f *fixture) subnetMsg() subnettypes.MsgServer { return subnetkeeper.NewMsgServer(f.Subnet) }

// earn pays the n-th neuron as an epoch does, for its collateral.
func (f *fixture) earn(n int, alpha uint64) {
	f.t.Helper()
	s, err := f.Subnet.GetSubnet(f.Ctx, f.netuid)
	require.NoError(f.t, err)
	uid, err := f.Subnet.UIDOf(f.Ctx, f.netuid, markettest.Hotkey(n))
	require.NoError(f.t, err)
	earned := make([]uint64, s.NeuronCount)
	earned[uid] = alpha
	require.NoError(f.t, f.Subnet.AddEarned(f.Ctx, f.netuid, earned))
}

// dump is every key of the module's store with its value, in hexadecimal.
func (f *fixture) dump() [][2]string {
	f.t.Helper()
	it, err := f.Store(types.StoreKey).OpenKVStore(f.Ctx).Iterator(nil, nil)
	require.NoError(f.t, err)
	defer func() { require.NoError(f.t, it.Close()) }()
	var out [][2]string
	for ; it.Valid(); it.Next() {
		out = append(out, [2]string{hex.EncodeToString(it.Key()), hex.EncodeToString(it.Value())})
	}
	return out
}
