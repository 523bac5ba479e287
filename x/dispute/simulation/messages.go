package simulation

import (
	"bytes"
	"slices"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/internal/chance"
	"github.com/agon-chain/agon/x/dispute/keeper"
	"github.com/agon-chain/agon/x/dispute/types"
	scoringkeeper "github.com/agon-chain/agon/x/scoring/keeper"
	subnetkeeper "github.com/agon-chain/agon/x/subnet/keeper"
	subnetsim "github.com/agon-chain/agon/x/subnet/simulation"
)

// maxVotes is how many promised votes are remembered; older ones are of cases that have ended.
const maxVotes = 400

type maker struct {
	subnetsim.Places
	k       *keeper.Keeper
	scoring *scoringkeeper.Keeper
	// votes are what judges keep between commit and reveal, the latest last.
	votes []types.Vote
}

// Messages are the module's messages, made from the state behind the keepers. What commits promise is remembered until it is revealed.
func Messages(k *keeper.Keeper, subnet *subnetkeeper.Keeper, scoring *scoringkeeper.Keeper) []chance.Message {
	m := &maker{Places: subnetsim.Places{K: subnet}, k: k, scoring: scoring}
	return []chance.Message{
		chance.Of(30, m.accuse),
		chance.Of(100, m.commitVote),
		chance.Of(100, m.revealVote),
		chance.Of(2, m.updateParams),
	}
}

// Params are parameters within their bounds under which cases end soon.
func Params(d *chance.Dice) types.Params {
	p := types.DefaultParams()
	p.CommitBlocks, p.RevealBlocks = d.Between(6, 16), d.Between(6, 16)
	p.MinJudges = 2
	p.QuorumBps = uint32(d.Between(types.MinQuorumBps, 7_000))
	p.SlashBps, p.BurnBps = uint32(d.Between(1, 10_000)), uint32(d.Between(0, 10_000))
	p.BarAfterRejection, p.RestAfterUndecided = d.Between(0, 10), d.Between(0, 3)
	p.Retention, p.MaxCasesPerBlock = d.Between(1, 60), uint32(d.Between(1, 3))
	return p
}

// validator is a hotkey with a permit, as a rule.
func (m *maker) validator(w *chance.World, netuid uint32) sdk.AccAddress {
	hotkey := m.Hotkey(w, netuid)
	permits, err := m.scoring.Permits(w.Ctx, netuid)
	if err != nil {
		return hotkey
	}
	for range 12 {
		if uid, err := m.K.UIDOf(w.Ctx, netuid, hotkey); err == nil && int(uid) < len(permits) && permits[uid] {
			break
		}
		hotkey = m.Hotkey(w, netuid)
	}
	return hotkey
}

// accuse looks for an accuser who may, and a miner that serves.
func (m *maker) accuse(w *chance.World) *types.MsgAccuse {
	s, ok := m.Subnet(w)
	if !ok {
		return nil
	}
	out := &types.MsgAccuse{
		Netuid: s.Netuid, Evidence: w.Bytes(types.HashSize), Log10E: 3_000 + uint32(w.Below(7_000)), Reason: w.Letters(40),
		Hotkey: m.Signer(w, m.validator(w, s.Netuid)).String(), Miner: m.Hotkey(w, s.Netuid).String(),
	}
	for range 6 { // most neurons serve nothing
		if miner, err := sdk.AccAddressFromBech32(out.Miner); err == nil {
			if uid, err := m.K.UIDOf(w.Ctx, s.Netuid, miner); err == nil {
				if n, err := m.K.GetNeuron(w.Ctx, s.Netuid, uid); err == nil && n.Axon != nil {
					break
				}
			}
		}
		out.Miner = m.Hotkey(w, s.Netuid).String()
	}
	switch w.Below(30) {
	case 0:
		out.Evidence = w.Bytes(w.Intn(40))
	case 1:
		out.Log10E = uint32(w.Edge())
	case 2:
		out.Netuid = m.Netuid(w)
	}
	return out
}

// open is a case that takes commits, as a rule; false if there is none.
func (m *maker) open(w *chance.World) (types.Case, []types.Judge, bool) {
	netuids, err := m.K.Netuids(w.Ctx)
	if err != nil {
		return types.Case{}, nil, false
	}
	var open []uint64
	for _, netuid := range netuids {
		hotkeys, err := m.K.Hotkeys(w.Ctx, netuid)
		if err != nil {
			continue
		}
		for _, hotkey := range hotkeys {
			id, err := m.k.OpenCase(w.Ctx, netuid, hotkey)
			if err != nil || id == 0 {
				continue
			}
			if c, err := m.k.GetCase(w.Ctx, id); err == nil && (w.Height() <= c.Terms.CommitUntil || w.OneIn(20)) {
				open = append(open, id)
			}
		}
	}
	if len(open) == 0 {
		return types.Case{}, nil, false
	}
	c, err := m.k.GetCase(w.Ctx, chance.Pick(w.Dice, open))
	if err != nil {
		return types.Case{}, nil, false
	}
	bench, err := m.k.Bench(w.Ctx, c.Id)
	return c, bench, err == nil && len(bench) > 0
}

// commitVote is of a judge who has not promised yet, as a rule; most of the judges of a case say the same, or no case would ever be
// decided.
func (m *maker) commitVote(w *chance.World) *types.MsgCommitVote {
	c, bench, ok := m.open(w)
	if !ok {
		return nil
	}
	j := chance.Pick(w.Dice, bench)
	for range 6 {
		if len(j.Commit) == 0 {
			break
		}
		j = chance.Pick(w.Dice, bench)
	}
	hotkey, err := sdk.AccAddressFromBech32(j.Hotkey)
	if err != nil {
		return nil
	}
	v := types.Vote{CaseID: c.Id, Hotkey: hotkey, Verdict: 1 + types.Verdict(c.Id%3/2), Evidence: w.Bytes(types.HashSize), Salt: w.Bytes(types.MinSalt)}
	if w.OneIn(8) {
		v.Verdict = types.Verdict(w.Between(1, 3))
	}
	hash := v.Hash()
	m.votes = append(m.votes, v)
	m.votes = m.votes[max(0, len(m.votes)-maxVotes):]
	out := &types.MsgCommitVote{Hotkey: m.Signer(w, hotkey).String(), CaseId: c.Id, Hash: hash[:]}
	switch w.Below(40) {
	case 0:
		out.Hash = w.Bytes(w.Intn(40))
	case 1:
		out.Hotkey = w.Actor().String()
	}
	return out
}

// revealVote keeps one of the promises whose time it is, as a rule; now and then another than was made.
func (m *maker) revealVote(w *chance.World) *types.MsgRevealVote {
	if len(m.votes) == 0 {
		return nil
	}
	v := chance.Pick(w.Dice, m.votes)
	for at := len(m.votes) - 1; at >= 0 && !w.OneIn(20); at-- {
		if m.revealable(w, m.votes[at]) {
			v = m.votes[at]
			break
		}
	}
	if !m.revealable(w, v) && !w.OneIn(10) {
		return nil
	}
	out := &types.MsgRevealVote{Hotkey: m.Signer(w, v.Hotkey).String(), CaseId: v.CaseID, Verdict: v.Verdict, Evidence: v.Evidence, Salt: v.Salt}
	switch w.Below(40) {
	case 0:
		out.Salt = w.Bytes(w.Intn(types.MaxSalt + 2))
	case 1:
		out.Verdict = types.Verdict(w.Below(5))
	case 2:
		out.Evidence = w.Bytes(w.Intn(40))
	}
	return out
}

// revealable says whether a promise waits for its reveal now.
func (m *maker) revealable(w *chance.World, v types.Vote) bool {
	c, err := m.k.GetCase(w.Ctx, v.CaseID)
	if err != nil || !c.Open() || w.Height() <= c.Terms.CommitUntil {
		return false
	}
	bench, err := m.k.Bench(w.Ctx, c.Id)
	if err != nil {
		return false
	}
	hash := v.Hash()
	return slices.ContainsFunc(bench, func(j types.Judge) bool {
		return bytes.Equal(j.Commit, hash[:]) && j.Verdict == types.Verdict_VERDICT_UNSPECIFIED
	})
}

func (m *maker) updateParams(w *chance.World) *types.MsgUpdateParams {
	out := &types.MsgUpdateParams{Authority: w.Authority, Params: Params(w.Dice)}
	if w.OneIn(8) {
		out.Params.SlashBps = uint32(w.Edge())
	}
	if w.OneIn(8) {
		out.Authority = w.Actor().String()
	}
	return out
}
