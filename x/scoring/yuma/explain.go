package yuma

import (
	"cmp"
	"fmt"
	"slices"
)

// Explain runs the epoch of in under p and says in numbers why uid got what it
// got. It is slow and simple: the epoch is reckoned a second time by the plain
// formulas, and an explanation that does not add up to the epoch's own result
// is refused as ErrExplanation. Else errors are those of [Workspace.Run], and
// ErrUID for a uid that is not below in.N.
func Explain(p Params, in *Input, uid int) (*Explanation, error) {
	r, err := reckon(p, in)
	if err != nil {
		return nil, err
	}
	return r.explain(uid)
}

// reckoning is an epoch and the sums over all rows that one uid's part is
// measured against.
type reckoning struct {
	p       Params
	in      *Input
	w       Workspace
	out     Output
	commits []uint64 // earliest by uid, noCommit if none
	liquid  bool
	speed   sigmoid
	ranking []int // uids whose share is not zero, by stake, in order of permits

	rankTotal     uint64
	bought, held  []uint64 // sums of A*Wb and of old bonds by column, classic
	sum, top      []uint64 // of new bonds by column
	dividendTotal uint64
	total         uint64 // of incentive and dividends
}

func reckon(p Params, in *Input) (*reckoning, error) {
	r := &reckoning{p: p, in: in}
	if err := r.w.Run(p, in, &r.out); err != nil {
		return nil, err
	}
	n := in.N
	r.commits = slices.Repeat([]uint64{noCommit}, n)
	for _, c := range in.Commits {
		if p.CommitReveal {
			r.commits[c.UID] = min(r.commits[c.UID], c.Block)
		}
	}
	r.liquid = p.Yuma3 && p.LiquidAlpha && r.w.judged
	r.speed = newSigmoid(int64(fraction(p.AlphaLow)), int64(fraction(p.AlphaHigh)),
		int64(p.AlphaSigmoidSteepness)<<fracBits)
	for i, share := range r.w.stake {
		if share != 0 {
			r.ranking = append(r.ranking, i)
		}
	}
	slices.SortFunc(r.ranking, func(a, b int) int { // of equals the higher uid is first
		return cmp.Or(cmp.Compare(r.w.stake[b], r.w.stake[a]), cmp.Compare(b, a))
	})
	r.bought, r.held = make([]uint64, n), make([]uint64, n)
	r.sum, r.top = make([]uint64, n), make([]uint64, n)

	// Each pass over the rows completes what the next one divides by.
	for i := range n {
		for _, t := range r.targets(i) {
			r.rankTotal += mulShare(r.w.activeStake[i], t.Clipped)
			r.bought[t.UID] += mulShare(r.w.activeStake[i], t.BondWeight)
			if t.oldBond {
				r.held[t.UID] += uint64(t.OldBondU16)
			}
		}
	}
	for j := range r.held {
		r.held[j] = min(r.held[j], 1<<31) // saturates like a row of weights
	}
	for i := range n {
		for _, t := range r.targets(i) {
			r.sum[t.UID] += t.NewBond
			r.top[t.UID] = max(r.top[t.UID], t.NewBond)
		}
	}
	for i := range n {
		_, dividend := r.dividend(i, r.targets(i))
		r.dividendTotal += dividend
		r.total += r.w.incentive[i] + r.w.dividends[i]
	}
	return r, nil
}

// ratio is a/b truncated, 0 for b = 0; both are below 2^63.
func ratio(a, b uint64) uint64 { return uint64(quo(int64(a), int64(b))) }

func (r *reckoning) explain(uid int) (*Explanation, error) {
	if uid < 0 || uid >= r.in.N {
		return nil, fmt.Errorf("%w: uid %d to explain, below %d expected: choose one of the subnet's",
			ErrUID, uid, r.in.N)
	}
	e := &Explanation{
		UID: uid, N: r.in.N, Block: r.in.Block, Rules: r.rules(), Standing: r.standing(uid),
		Miner: r.miner(uid), Validator: r.validator(uid),
		Shares: EmissionShares{
			Server: uint64(r.out.ServerShare[uid]), Validator: uint64(r.out.ValidatorShare[uid]),
			Combined: uint64(r.out.CombinedShare[uid]), Total: r.total, Fallback: r.out.Fallback,
		},
	}
	if r.out.Fallback {
		e.Shares.FallbackBy = ByStake
		if slices.ContainsFunc(r.w.activeStake, func(a uint64) bool { return a != 0 }) {
			e.Shares.FallbackBy = ByActiveStake
		}
	}
	return e, r.check(e)
}

// check compares what the parts come to with what the epoch computed.
func (r *reckoning) check(e *Explanation) error {
	m, v := &e.Miner, &e.Validator
	var trust uint64
	var bonds []Entry
	for _, t := range v.Targets {
		trust += t.Clipped
		if t.NewBondU16 != 0 {
			bonds = append(bonds, Entry{UID: uint16(t.UID), Value: t.NewBondU16})
		}
	}
	for _, c := range []struct {
		name string
		same bool
	}{
		{"incentive", ratio(m.Rank, m.RankTotal) == m.Incentive},
		{"validator trust", trust == v.Trust},
		{"dividends", ratio(v.Dividend, v.DividendTotal) == v.Dividends},
		{"bonds", slices.Equal(bonds, r.out.Bonds[e.UID])},
		{"permit", e.Standing.NewPermit == (e.Standing.PermitReason == ReasonOwner || e.Standing.PermitReason == ReasonRanked)},
	} {
		if !c.same {
			return fmt.Errorf("%w: %s of uid %d at block %d: report it with the exported epoch",
				ErrExplanation, c.name, e.UID, e.Block)
		}
	}
	return nil
}

func (r *reckoning) rules() Rules {
	p := &r.p
	return Rules{
		Kappa: fraction(p.Kappa), BondsPenalty: fraction(p.BondsPenalty), BondsAlpha: p.bondAlpha(),
		AlphaLow: fraction(p.AlphaLow), AlphaHigh: fraction(p.AlphaHigh),
		Yuma3: p.Yuma3, LiquidAlpha: r.liquid, CommitReveal: p.CommitReveal, BondsDecayOmitted: p.BondsDecayOmitted,
		ActivityCutoff: p.ActivityCutoff, MaxValidators: p.MaxValidators, StakeThreshold: p.StakeThreshold,
		LastBondBlock: p.lastBondBlock(r.in.Block),
	}
}

func (r *reckoning) standing(uid int) Standing {
	s := Standing{
		Owner: uid == r.in.OwnerUID, Stake: r.in.Stake[uid],
		LastUpdate: r.in.LastUpdate[uid], RegisteredAt: r.in.RegisteredAt[uid],
		Active: r.out.Active[uid], ActiveUntil: addSaturated(r.in.LastUpdate[uid], r.p.ActivityCutoff),
		StakeShare: r.w.stake[uid], StakeWeightU16: r.out.StakeWeight[uid],
		ActiveStake: r.w.activeStake[uid], StakeReasons: r.stakeReasons(uid),
		Permit: r.w.permits[uid], NewPermit: r.out.Permits[uid],
		Rank: slices.Index(r.ranking, uid) + 1, Ranked: len(r.ranking), LastPermitted: -1,
	}
	if places := min(len(r.ranking), int(r.p.MaxValidators)); places > 0 {
		s.LastPermitted = r.ranking[places-1]
		s.LastPermittedShare = r.w.stake[s.LastPermitted]
	}
	switch {
	case s.Rank > 0 && s.Rank <= int(r.p.MaxValidators):
		s.PermitReason = ReasonRanked
	case s.Owner:
		s.PermitReason = ReasonOwner
	case s.Rank > 0:
		s.PermitReason = ReasonOutranked
	default:
		s.PermitReason = s.StakeReasons[0]
	}
	return s
}

// stakeReasons is why a uid has no active stake; empty if it has.
func (r *reckoning) stakeReasons(i int) (reasons []Reason) {
	if r.w.activeStake[i] != 0 {
		return nil
	}
	switch {
	case r.in.Stake[i] == 0:
		reasons = append(reasons, ReasonNoStake)
	case r.in.Stake[i] < r.p.StakeThreshold && i != r.in.OwnerUID:
		reasons = append(reasons, ReasonBelowThreshold)
	case r.w.stake[i] == 0:
		reasons = append(reasons, ReasonStakeRoundsToZero)
	}
	if !r.out.Active[i] {
		reasons = append(reasons, ReasonInactive)
	}
	if !r.w.permits[i] {
		reasons = append(reasons, ReasonNoPermit)
	}
	if len(reasons) == 0 { // small beside stakes that saturate
		reasons = append(reasons, ReasonStakeRoundsToZero)
	}
	return reasons
}

// maskReasons is why a weight of i on j does not count, whatever its value.
func (r *reckoning) maskReasons(i, j int) (reasons []Reason) {
	registered := r.in.RegisteredAt[j]
	if i == j && i != r.in.OwnerUID {
		reasons = append(reasons, ReasonSelf)
	}
	if !r.w.permits[i] {
		reasons = append(reasons, ReasonNoPermit)
	}
	if r.in.LastUpdate[i] <= registered {
		reasons = append(reasons, ReasonSetBeforeRegistration)
	}
	if r.commits[i] < registered {
		reasons = append(reasons, ReasonCommittedBeforeRegistration)
	}
	return reasons
}

func (r *reckoning) miner(uid int) MinerAccount {
	m := MinerAccount{
		Votes: []Vote{}, RankTotal: r.rankTotal,
		Incentive: r.w.incentive[uid], IncentiveU16: r.out.Incentive[uid],
		Consensus: Consensus{
			Weight: r.w.consensus[uid], WeightU16: r.out.Consensus[uid], Kappa: fraction(r.p.Kappa),
			VotingStake: r.w.median.sum, Silent: r.w.median.sum,
			Voters: len(r.w.voters), SilentVoters: len(r.w.voters),
		},
	}
	c := &m.Consensus
	if c.Weight == 0 {
		c.Support = c.VotingStake
	}
	for i, row := range r.in.Weights {
		if !slices.ContainsFunc(row, func(e Entry) bool { return int(e.UID) == uid }) {
			continue
		}
		row := r.targets(i)
		t := &row[find(row, uid)]
		v := Vote{
			UID: i, StakeShare: r.w.stake[i], ActiveStake: r.w.activeStake[i], LastUpdate: r.in.LastUpdate[i],
			RawWeightU16: t.RawWeightU16, Weight: t.Weight, Clipped: t.Clipped, Cut: t.Cut,
			Rank: mulShare(r.w.activeStake[i], t.Clipped), Reasons: t.Reasons,
		}
		if r.commits[i] != noCommit {
			at := r.commits[i]
			v.CommittedAt = &at
		}
		if k, ok := slices.BinarySearch(r.w.voters, i); ok {
			v.VotingStake = r.w.median.stake[k]
			if v.Weight != 0 {
				c.Silent -= v.VotingStake
				c.SilentVoters--
				if v.Weight >= c.Weight && c.Weight != 0 {
					c.Support += v.VotingStake
				}
				if v.Weight > c.Weight {
					c.Above += v.VotingStake
					if c.NextWeight == 0 || v.Weight < c.NextWeight {
						c.NextWeight = v.Weight
					}
				}
			}
		}
		if v.Rank == 0 {
			for _, reason := range r.stakeReasons(i) {
				if !slices.Contains(v.Reasons, reason) {
					v.Reasons = append(v.Reasons, reason)
				}
			}
			switch {
			case v.Weight != 0 && c.Weight == 0:
				v.Reasons = append(v.Reasons, ReasonConsensusZero)
			case v.Clipped != 0 && v.ActiveStake != 0:
				v.Reasons = append(v.Reasons, ReasonRoundsToZero)
			}
		}
		m.Rank += v.Rank
		m.Votes = append(m.Votes, v)
	}
	return m
}

func (r *reckoning) validator(uid int) ValidatorAccount {
	v := ValidatorAccount{
		Targets: r.targets(uid), Trust: r.w.trust[uid], TrustU16: r.out.ValidatorTrust[uid],
		DividendTotal: r.dividendTotal, Dividends: r.w.dividends[uid], DividendsU16: r.out.Dividends[uid],
	}
	v.Earned, v.Dividend = r.dividend(uid, v.Targets)
	return v
}

// dividend sums the dividends of a row, and weighs them by stake under Yuma 3.
func (r *reckoning) dividend(i int, row []Target) (earned, dividend uint64) {
	for _, t := range row {
		earned += t.Dividend
	}
	if r.p.Yuma3 {
		return earned, mulShare(r.w.activeStake[i], earned)
	}
	return earned, earned
}

func find(row []Target, uid int) int {
	k, _ := slices.BinarySearchFunc(row, uid, func(t Target, uid int) int { return cmp.Compare(t.UID, uid) })
	return k
}

// targets are the weights and bonds of row i. It is called for every row once
// for each of the sums that r gathers; what depends on a sum not yet gathered is
// zero.
func (r *reckoning) targets(i int) []Target {
	var uids []uint16
	for _, e := range r.in.Weights[i] {
		uids = append(uids, e.UID)
	}
	for _, e := range r.in.Bonds[i] {
		uids = append(uids, e.UID)
	}
	slices.Sort(uids)
	uids = slices.Compact(uids)
	row := make([]Target, len(uids))
	for k, uid := range uids {
		row[k].UID = int(uid)
	}
	r.weigh(i, row)
	r.trade(i, row)
	return row
}

// weigh fills in the weights, from the stored one to Wb.
func (r *reckoning) weigh(i int, row []Target) {
	var sum uint64
	for _, e := range r.in.Weights[i] {
		t := &row[find(row, int(e.UID))]
		t.RawWeightU16, t.weighed = e.Value, true
		t.Reasons = r.maskReasons(i, t.UID)
		t.present = len(t.Reasons) == 0
		if t.present {
			sum += uint64(e.Value)
		}
		if e.Value == 0 {
			t.Reasons = append(t.Reasons, ReasonZeroWeight)
		}
	}
	penalty := fraction(r.p.BondsPenalty)
	for k := range row {
		t := &row[k]
		t.Consensus = r.w.consensus[t.UID]
		if !t.weighed {
			t.Reasons = []Reason{ReasonNoWeight}
		}
		if !t.present {
			continue
		}
		t.Weight = ratio(uint64(t.RawWeightU16), min(sum, 1<<31))
		t.Clipped = min(t.Weight, t.Consensus)
		t.Cut = t.Weight - t.Clipped
		switch penalty {
		case 0:
			t.BondWeight = t.Weight
		case one:
			t.BondWeight = t.Clipped
			t.present = t.Consensus != 0 || t.Weight == 0
		default:
			t.BondWeight = uint64(max(0, add(int64(t.Weight), mul(int64(penalty), -int64(t.Cut)))))
			t.present = t.BondWeight != 0
		}
	}

	// Liquid alpha walks along a row as it is stored, and loses what stands
	// behind a higher uid. Between unclipped and clipped the row is rebuilt in
	// order.
	if penalty != 0 && penalty != one {
		return
	}
	top := -1
	for _, e := range r.in.Weights[i] {
		if t := &row[find(row, int(e.UID))]; t.present {
			t.noWeight = t.UID < top
			top = max(top, t.UID)
		}
	}
}

// trade fills in the bonds, from the stored one to the dividend.
func (r *reckoning) trade(i int, row []Target) {
	last, top := r.p.lastBondBlock(r.in.Block), -1
	for _, e := range r.in.Bonds[i] {
		t := &row[find(row, int(e.UID))]
		t.OldBondU16 = e.Value
		t.oldBond = last > r.in.RegisteredAt[t.UID]
		if !t.oldBond {
			t.BondReasons = append(t.BondReasons, ReasonBondVoided)
			continue
		}
		t.noBond = t.UID < top
		top = max(top, t.UID)
	}
	for k := range row {
		t := &row[k]
		if r.p.Yuma3 {
			t.Bought, t.Held = t.BondWeight, 0
			if t.oldBond {
				t.Held = fraction(t.OldBondU16)
			}
		} else {
			t.Bought = ratio(mulShare(r.w.activeStake[i], t.BondWeight), r.bought[t.UID])
			if t.oldBond {
				t.Held = ratio(uint64(t.OldBondU16), r.held[t.UID])
			}
		}
		t.Alpha = r.p.bondAlpha()
		deleted := false
		if r.liquid {
			t.Alpha = r.liquidAlpha(t)
			deleted = !t.present && !r.p.BondsDecayOmitted
		}
		if deleted {
			t.Alpha = 0
			if t.oldBond {
				t.BondReasons = append(t.BondReasons, ReasonBondDeleted)
			}
		} else {
			t.NewBond = min(one, mulShare(one-t.Alpha, t.Held)+mulShare(t.Alpha, t.Bought))
		}

		t.BondShare = ratio(t.NewBond, r.sum[t.UID])
		stored := toU16(t.NewBond)
		if !r.p.Yuma3 {
			stored = toU16(ratio(t.BondShare, ratio(r.top[t.UID], r.sum[t.UID])))
		}
		if r.w.newPermits[i] {
			t.NewBondU16 = stored
		} else if stored != 0 {
			t.BondReasons = append(t.BondReasons, ReasonBondNotKept)
		}
		t.Incentive = r.w.incentive[t.UID]
		t.Dividend = mulShare(t.BondShare, t.Incentive)
	}
}

// liquidAlpha is the speed of one bond.
func (r *reckoning) liquidAlpha(t *Target) uint64 {
	weight, bond := t.BondWeight, t.Held
	if !r.p.BondsDecayOmitted && (t.noWeight || t.noBond) {
		t.BondReasons = append(t.BondReasons, ReasonPassedOver)
		if t.noWeight {
			weight = 0
		}
		if t.noBond {
			bond = 0
		}
	}
	return r.speed.alpha(distance(t.Consensus, weight, bond))
}
