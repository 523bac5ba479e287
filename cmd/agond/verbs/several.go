package verbs

import (
	"cmp"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/spf13/cobra"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/chain"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

const (
	flagAllSubnets = "all-subnets"
	flagValidators = "validators"
	// together is how many trades one transaction makes at most.
	together = 16
)

// books are the pools, and what dissolved subnets left, as the trades of one transaction leave them to each other. What is reckoned here
// is what the chain does, except for emission that enters a pool before a trade, which can only make a sale dearer.
type books struct {
	pools map[uint32]staketypes.Pool
	pots  map[uint32]*remains
}

// books of all pools, and of the pots of some subnets.
func (s *session) books(dissolved ...uint32) (books, error) {
	all, err := s.pools()
	if err != nil {
		return books{}, err
	}
	out := books{map[uint32]staketypes.Pool{}, map[uint32]*remains{}}
	for _, p := range all {
		out.pools[p.Pool.Netuid] = p.Pool
	}
	for _, netuid := range dissolved {
		pot, err := s.pot(netuid)
		if err != nil {
			return books{}, err
		}
		out.pots[netuid] = &remains{pot.Pot.Agon, pot.AlphaSupply}
	}
	return out, nil
}

// remains are what a dissolved subnet left, in nagon, and the token that shares it, in base units.
type remains struct{ agon, supply uint64 }

// redeem is what a token gets, rounded down; all of it for all of the supply.
func (r *remains) redeem(alpha uint64) uint64 {
	if alpha >= r.supply {
		return r.agon
	}
	v := new(big.Int).SetUint64(r.agon)
	return v.Mul(v, new(big.Int).SetUint64(alpha)).Div(v, new(big.Int).SetUint64(r.supply)).Uint64()
}

// pay takes out what a token gets.
func (r *remains) pay(alpha uint64) uint64 {
	out := r.redeem(alpha)
	r.agon, r.supply = r.agon-out, r.supply-min(alpha, r.supply)
	return out
}

// buy is what AGON brings after the trades before it; at the root it is what it is.
func (b books) buy(netuid uint32, agonIn uint64) (uint64, error) {
	if netuid == staketypes.RootNetuid {
		return agonIn, nil
	}
	p := b.pools[netuid]
	next, t, err := p.Reserves().Buy(agonIn, p.FeeBps, 0)
	if err != nil {
		return 0, err
	}
	p.Agon, p.Alpha = next.AGON+t.Fee, next.Alpha
	b.pools[netuid] = p
	return t.Out, nil
}

// sell is what a token brings after the trades before it; a dissolved subnet pays it out of what it left.
func (b books) sell(netuid uint32, alphaIn uint64) (uint64, error) {
	if netuid == staketypes.RootNetuid {
		return alphaIn, nil
	}
	if left, dissolved := b.pots[netuid]; dissolved {
		return left.pay(alphaIn), nil
	}
	p := b.pools[netuid]
	next, t, err := p.Reserves().Sell(alphaIn, p.FeeBps, 0)
	if err != nil {
		return 0, err
	}
	p.Agon, p.Alpha = next.AGON, next.Alpha+t.Fee
	b.pools[netuid] = p
	return t.Out, nil
}

// slippage is the part that trades may bring less than quoted, in basis points.
func slippage(cmd *cobra.Command) (uint64, error) {
	text, _ := cmd.Flags().GetString(flagSlippage)
	points, err := parsePercent(text)
	if err != nil {
		return 0, fmt.Errorf("--%s: %w", flagSlippage, err)
	}
	return points, nil
}

// trading is one of several trades of a transaction.
type trading struct {
	Netuid uint32 `json:"netuid"`
	Hotkey string `json:"hotkey"`
	// Given and Quoted are base units of what goes in and comes out, Least is the limit.
	Given  uint64 `json:"given,string"`
	Quoted uint64 `json:"quoted,string"`
	Least  uint64 `json:"least,string"`
}

// openEverywhere plans the removal of a part of all that the signer has staked, and refuses what would name one place.
func openEverywhere(cmd *cobra.Command, much string) (*session, plan, error) {
	for _, flag := range []string{flagSubnet, flagValidator, flagMinAgon} {
		if cmd.Flags().Changed(flag) {
			return nil, plan{}, fmt.Errorf("--%s names one place, --%s means all: give one of them", flag, flagAllSubnets)
		}
	}
	part, err := parseShare(much, unitAlpha)
	if err != nil {
		return nil, plan{}, err
	}
	if part.points == 0 {
		return nil, plan{}, fmt.Errorf("%w: %q with --%s: write all, or a percentage of each position", errPart, much, flagAllSubnets)
	}
	s, err := openSigner(cmd)
	if err != nil {
		return nil, plan{}, err
	}
	p, err := s.planRemoveEverywhere(part)
	return s, p, err
}

func (s *session) planRemoveEverywhere(part share) (plan, error) {
	all, err := s.positions(s.ctx.FromAddress)
	if err != nil {
		return plan{}, err
	}
	slices.SortStableFunc(all, func(a, b staketypes.PositionInfo) int { return cmp.Compare(b.Value, a.Value) })
	subnets, err := s.allSubnets()
	if err != nil {
		return plan{}, err
	}
	dissolved := map[uint32]bool{}
	for _, n := range subnets {
		dissolved[n.Netuid] = n.DissolvedAt > 0
	}
	market, err := s.books(paidOut(all, dissolved)...)
	if err != nil {
		return plan{}, err
	}
	points, err := slippage(s.cmd)
	if err != nil {
		return plan{}, err
	}
	keep, _ := s.cmd.Flags().GetBool(flagKeepToken)
	removals, left, err := market.removals(s.ctx.FromAddress, all, part, points, keep)
	if err != nil {
		return plan{}, err
	}
	p := plan{verb: "stake remove everywhere", about: sheet{s.signerLine("account")}}
	var sum, least uint64
	var rows []trading
	for _, r := range removals {
		p.also = append(p.also, r.msg)
		rows = append(rows, r.trading)
		text := counted(r.Given, r.Netuid) + " as coins: no trade, no price"
		if !keep {
			text = fmt.Sprintf("%s for %s, at least %s", counted(r.Given, r.Netuid), agon(r.Quoted), plain(r.Least))
		}
		if dissolved[r.Netuid] {
			text += ", dissolved"
		}
		label := fmt.Sprintf("subnet %d", r.Netuid)
		if r.Netuid == staketypes.RootNetuid {
			label = rootName
		}
		p.about = append(p.about, field{label: label, text: text + ", behind " + r.Hotkey})
		sum, least = add(sum, r.Quoted), add(least, r.Least)
	}
	p.msg, p.also = p.also[0], p.also[1:]
	p.expect = sheet{{name: "positions", value: rows}, {name: "left", value: left}}
	if !keep {
		p.expect = append(p.expect, field{"quoted_agon", base(sum), "you get", agon(sum)}, floor("min_agon", least, " AGON"))
	}
	if left > 0 {
		p.warn = fmt.Sprintf("%d more positions stay: too small to be sold, or beyond the %d of one transaction: run it again for those", left, together)
	}
	p.outcome = func(result chain.TxResult) (sheet, error) {
		var got uint64
		for i := range removals {
			var r staketypes.MsgRemoveStakeResponse
			if err := chain.Response(result, i, &r); err != nil {
				return nil, err
			}
			rows[i].Given, rows[i].Quoted = r.Alpha, r.Agon
			got = add(got, r.Agon)
		}
		return sheet{{name: "positions", value: rows}, {"agon", base(got), "you got", agon(got)}}, nil
	}
	return p, nil
}

// paidOut are the dissolved subnets that positions are in.
func paidOut(all []staketypes.PositionInfo, dissolved map[uint32]bool) []uint32 {
	var out []uint32
	for _, p := range all {
		if netuid := p.Position.Netuid; dissolved[netuid] && !slices.Contains(out, netuid) {
			out = append(out, netuid)
		}
	}
	return out
}

// removal is one message of several.
type removal struct {
	trading
	msg sdk.Msg
}

// removals are the messages that take a part out of each position, the most valuable first, and how many positions stay.
func (b books) removals(owner sdk.AccAddress, all []staketypes.PositionInfo, part share, points uint64, keep bool) (out []removal, left int, err error) {
	for i, info := range all {
		if len(out) == together {
			return out, left + len(all) - i, nil
		}
		at := info.Position
		ask, alpha, err := part.of(info.Alpha)
		if err != nil {
			left++
			continue
		}
		one := removal{trading: trading{Netuid: at.Netuid, Hotkey: at.Hotkey, Given: alpha}}
		if !keep {
			if one.Quoted, err = b.sell(at.Netuid, alpha); err != nil {
				left++
				continue
			}
			one.Least = limit(one.Quoted, points)
		}
		one.msg = &staketypes.MsgRemoveStake{
			Owner: owner.String(), Hotkey: at.Hotkey, Netuid: at.Netuid, Alpha: ask, MinAgon: one.Least, KeepToken: keep,
		}
		out = append(out, one)
	}
	if len(out) == 0 {
		return nil, 0, fmt.Errorf("%w: %s has no stake that can be taken back", errPart, owner)
	}
	return out, left, nil
}

// split divides an amount evenly; what does not divide goes to the first, a unit each.
func split(amount uint64, among int) []uint64 {
	out := make([]uint64, among)
	for i := range out {
		out[i] = amount / uint64(among)
		if uint64(i) < amount%uint64(among) {
			out[i]++
		}
	}
	return out
}

// planAddSeveral stakes an amount evenly behind several validators.
func (s *session) planAddSeveral(give amount, subnet subnettypes.Subnet, names []string) (plan, error) {
	if len(names) > together {
		return plan{}, fmt.Errorf("--%s names %d, at most %d in one transaction", flagValidators, len(names), together)
	}
	var chosen []candidate
	for _, who := range names {
		c, err := s.validator(subnet.Netuid, who)
		if err != nil {
			return plan{}, err
		}
		if slices.ContainsFunc(chosen, func(o candidate) bool { return o.Hotkey == c.Hotkey }) {
			return plan{}, fmt.Errorf("--%s names %s twice", flagValidators, c)
		}
		chosen = append(chosen, c)
	}
	points, err := slippage(s.cmd)
	if err != nil {
		return plan{}, err
	}
	market, err := s.books()
	if err != nil {
		return plan{}, err
	}
	p := plan{verb: "stake add", about: sheet{
		s.signerLine("account"), subnetLine(subnet), {"paid", give.coin(subnet.Netuid).String(), "you give", give.String()},
	}}
	var rows []trading
	var sum uint64
	for i, part := range split(give.Base, len(chosen)) {
		one := trading{Netuid: subnet.Netuid, Hotkey: chosen[i].Hotkey, Given: part, Quoted: part}
		text := counted(part, subnet.Netuid) + ", no trade"
		if give.Unit == unitAgon && subnet.Netuid != staketypes.RootNetuid {
			if one.Quoted, err = market.buy(subnet.Netuid, part); err != nil {
				return plan{}, err
			}
			one.Least = limit(one.Quoted, points)
			text = fmt.Sprintf("%s for %s alpha, at least %s", agon(part), plain(one.Quoted), plain(one.Least))
		}
		p.also = append(p.also, &staketypes.MsgAddStake{
			Owner: s.ctx.FromAddress.String(), Hotkey: one.Hotkey, Netuid: subnet.Netuid, Amount: amount{part, give.Unit}.coin(subnet.Netuid), MinAlpha: one.Least,
		})
		rows = append(rows, one)
		p.about = append(p.about, field{label: "behind", text: chosen[i].String() + ": " + text})
		sum = add(sum, one.Quoted)
	}
	p.msg, p.also = p.also[0], p.also[1:]
	p.expect = sheet{{name: "positions", value: rows}, {"quoted_alpha", base(sum), "you get", counted(sum, subnet.Netuid) + ", staked"}}
	p.outcome = func(result chain.TxResult) (sheet, error) {
		var got uint64
		for i := range rows {
			var r staketypes.MsgAddStakeResponse
			if err := chain.Response(result, i, &r); err != nil {
				return nil, err
			}
			rows[i].Quoted = r.Alpha
			got = add(got, r.Alpha)
		}
		return sheet{{name: "positions", value: rows}, {"alpha", base(got), "you got", counted(got, subnet.Netuid) + ", staked"}}, nil
	}
	return p, nil
}

// severalNamed are the validators that --validators names; an error where what goes with one alone is given too.
func severalNamed(cmd *cobra.Command) ([]string, error) {
	names, _ := cmd.Flags().GetStringSlice(flagValidators)
	if !cmd.Flags().Changed(flagValidators) {
		return nil, nil
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("--%s names nobody: write A,B,C", flagValidators)
	}
	if cmd.Flags().Changed(flagValidator) || cmd.Flags().Changed(flagMinAlpha) {
		return nil, errors.New("--validator and --min-alpha are for one validator: with --validators leave them out, --slippage bounds each purchase")
	}
	return names, nil
}
