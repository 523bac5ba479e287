package verbs

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	staketypes "github.com/agon-chain/agon/x/stake/types"
)

// flagSort says by what positions are sorted.
const flagSort = "sort"

// orders are what positions can be sorted by, the largest first; subnet counts up.
var orders = map[string]func(a, b stake) int{
	"value":  func(a, b stake) int { return cmp.Compare(b.Value, a.Value) },
	"gain":   func(a, b stake) int { return cmp.Compare(b.Gain, a.Gain) },
	"day":    func(a, b stake) int { return cmp.Compare(b.GainPerDay, a.GainPerDay) },
	"yield":  func(a, b stake) int { return cmp.Compare(b.YieldPerDay, a.YieldPerDay) },
	"subnet": func(a, b stake) int { return cmp.Compare(a.Netuid, b.Netuid) },
}

func portfolioCommand() *cobra.Command {
	cmd := askFlags(&cobra.Command{
		Use:   "portfolio [ADDRESS|KEY]",
		Short: "Show all that an account has: stake, liquid AGON and tokens, valued in AGON now",
		Long: `Show all that an account has: positions by value, then liquid AGON and liquid tokens of subnets.

A value is what a sale of that position alone would bring now, after fee and impact; its gain is the value less what was put in and
not yet taken back. The total counts what selling all of a subnet's positions at once would bring, which is less where there are
several.

Root stake is AGON, so that its value is what it is and its gain what it earned. In a dissolved subnet a value is what the token redeems.

Gain a day is the gain divided by the days that a position is held, at least one. Yield a day is by how much a token behind that hotkey grows, after its
take, if all epochs of a day pay as the last one did. A day has as many blocks as the chain's pace over its newest 5000 gives it.`,
		Example: `agond portfolio alice
agond portfolio agon1... --output json | jq '.positions[] | {netuid, value}'
agond portfolio --sort yield`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := open(cmd)
			if err != nil {
				return err
			}
			order, _ := cmd.Flags().GetString(flagSort)
			if orders[order] == nil {
				return fmt.Errorf("--%s is %q: value, gain, day, yield or subnet", flagSort, order)
			}
			owner, err := s.accountOf(args)
			if err != nil {
				return err
			}
			p, err := s.portfolio(owner)
			if err != nil {
				return err
			}
			slices.SortStableFunc(p.Positions, orders[order])
			return s.print(p, p.text)
		},
	})
	cmd.Flags().String(flagSort, "value", "what to sort positions by: value, gain, day, yield or subnet")
	_ = cmd.RegisterFlagCompletionFunc(flagSort, cobra.FixedCompletions([]string{"value", "gain", "day", "yield", "subnet"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// holdings are all that an account has. Amounts are base units.
type holdings struct {
	Account   string  `json:"account"`
	Positions []stake `json:"positions"`
	Liquid    uint64  `json:"liquid,string"`
	Tokens    []token `json:"tokens"`
	// Staked is what selling each subnet's positions at once would bring, Gain that less their cost; Total is the value of everything.
	Staked uint64 `json:"staked,string"`
	Gain   int64  `json:"gain,string"`
	Total  uint64 `json:"total,string"`
}

// stake is one position; at the root, netuid 0, of AGON.
type stake struct {
	Netuid uint32   `json:"netuid"`
	Symbol string   `json:"symbol"`
	Hotkey string   `json:"hotkey"`
	Names  []string `json:"names"`
	Alpha  uint64   `json:"alpha,string"`
	Price  string   `json:"price"`
	Value  uint64   `json:"value,string"`
	// Cost is what was put in and not yet taken back, Gain the value less that, Since the height from which it is held.
	Cost  uint64 `json:"cost,string"`
	Gain  int64  `json:"gain,string"`
	Since int64  `json:"since"`
	// GainPerDay is Gain divided by the days held, at least one; YieldPerDay what a token grows by in a day of epochs like the last,
	// in hundredths of a basis point; 0 at the root, where subnets pay each at its own time.
	GainPerDay  int64  `json:"gain_per_day,string"`
	YieldPerDay uint64 `json:"yield_per_day_ppm,string"`
	// Registered says that the hotkey holds a uid; behind one that does not, stake earns nothing.
	Registered bool `json:"registered"`
	// Auto says that what the account's miners earn in the subnet goes there.
	Auto bool `json:"auto_stake"`
	// Dissolved says that the subnet is, so that Price is what a token redeems.
	Dissolved bool `json:"dissolved"`
}

// token is a subnet's token that is not staked.
type token struct {
	Netuid uint32 `json:"netuid"`
	Symbol string `json:"symbol"`
	Alpha  uint64 `json:"alpha,string"`
	Price  string `json:"price"`
	Value  uint64 `json:"value,string"`
	// Dissolved says that the subnet is, so that Price is what a token redeems.
	Dissolved bool `json:"dissolved"`
}

func (s *session) portfolio(owner sdk.AccAddress) (holdings, error) {
	out := holdings{Account: owner.String(), Positions: []stake{}, Tokens: []token{}}
	var positions []staketypes.PortfolioEntry
	counted, auto, prices := map[uint32]bool{}, map[uint32]string{}, map[uint32]string{}
	err := pages(func(page *query.PageRequest) (*query.PageResponse, error) {
		r, err := s.stake().Portfolio(s.cmd.Context(), &staketypes.QueryPortfolioRequest{Owner: owner.String(), Pagination: page})
		if err != nil {
			return nil, err
		}
		for _, e := range r.Entries {
			if e.Info.Alpha > 0 {
				positions = append(positions, e)
			}
		}
		for _, n := range r.Subnets {
			if !counted[n.Netuid] {
				counted[n.Netuid], auto[n.Netuid], prices[n.Netuid] = true, n.AutoStake, n.Price
				out.Staked, out.Gain = add(out.Staked, n.Value), out.Gain+n.Gain
			}
		}
		return r.Pagination, nil
	})
	if err != nil {
		return out, err
	}
	coins, err := s.balances(owner)
	if err != nil {
		return out, err
	}
	all, err := s.allSubnets()
	if err != nil {
		return out, err
	}
	symbols, dissolved := map[uint32]string{staketypes.RootNetuid: "AGON"}, map[uint32]bool{}
	for _, n := range all {
		symbols[n.Netuid], dissolved[n.Netuid] = n.Symbol, n.DissolvedAt > 0
	}
	pools, err := s.pools()
	if err != nil {
		return out, err
	}
	for _, p := range pools {
		prices[p.Pool.Netuid] = p.Price
	}
	backed := make([]candidate, len(positions))
	for i, p := range positions {
		backed[i] = candidate{UID: noUID, Hotkey: p.Info.Position.Hotkey}
	}
	if err := s.name(backed); err != nil {
		return out, err
	}
	speed, err := s.pace()
	if err != nil {
		return out, err
	}
	var netuids []uint32
	for netuid := range counted {
		if netuid != staketypes.RootNetuid && !dissolved[netuid] { // what a nagon earned at the root is not told by epoch
			netuids = append(netuids, netuid)
		}
	}
	graphs, err := s.metagraphs(netuids)
	if err != nil {
		return out, err
	}
	tempos := map[uint32]uint64{}
	for _, n := range all {
		tempos[n.Netuid] = n.Hyperparams.Tempo
	}
	for i, e := range positions {
		p := e.Info
		netuid := p.Position.Netuid
		var yield uint64
		if m := graphs[netuid]; m != nil {
			if uid, ok := m.UIDOf(p.Position.Hotkey); ok {
				yield = speed.yieldPerDay(m.Neurons[uid], e.TakeBps, tempos[netuid])
			}
		}
		out.Positions = append(out.Positions, stake{
			Netuid: netuid, Symbol: symbols[netuid], Hotkey: p.Position.Hotkey, Names: append([]string{}, backed[i].Names...),
			Alpha: p.Alpha, Price: prices[netuid], Value: p.Value,
			Cost: p.Position.Cost, Gain: e.Gain, Since: p.Position.Since, Registered: e.Registered,
			Auto: auto[netuid] == p.Position.Hotkey, Dissolved: dissolved[netuid],
			GainPerDay: speed.gainPerDay(e.Gain, p.Position.Since), YieldPerDay: yield,
		})
	}
	for _, c := range coins {
		netuid, err := staketypes.ParseAlphaDenom(c.Denom)
		if err != nil || !c.Amount.IsUint64() {
			continue
		}
		t := token{Netuid: netuid, Symbol: symbols[netuid], Alpha: c.Amount.Uint64(), Price: prices[netuid], Dissolved: dissolved[netuid]}
		if t.Dissolved {
			pot, err := s.pot(netuid)
			if err != nil {
				return out, err
			}
			t.Price, t.Value = pot.Rate, (&remains{pot.Pot.Agon, pot.AlphaSupply}).redeem(t.Alpha)
		} else if q, err := s.quote(netuid, c); err == nil { // what is too little to be sold has no value
			t.Value = q.Out.Amount.Uint64()
		}
		out.Tokens = append(out.Tokens, t)
	}
	if liquid := coins.AmountOf(staketypes.AgonDenom); liquid.IsUint64() {
		out.Liquid = liquid.Uint64()
	}
	out.settle()
	return out, nil
}

// settle sorts by value and adds up.
func (h *holdings) settle() {
	slices.SortStableFunc(h.Positions, func(a, b stake) int { return cmp.Compare(b.Value, a.Value) })
	slices.SortStableFunc(h.Tokens, func(a, b token) int { return cmp.Compare(b.Value, a.Value) })
	h.Total = add(h.Liquid, h.Staked)
	for _, t := range h.Tokens {
		h.Total = add(h.Total, t.Value)
	}
}

func (h holdings) text() string {
	t := newTable("Portfolio of "+h.Account, table.Row{"subnet", "token", "behind", "amount", "price", "value in AGON", "gain", "gain a day", "yield a day"}, "token", "behind")
	dissolved := false
	for _, p := range h.Positions {
		behind := p.Hotkey
		switch {
		case p.Dissolved:
			behind, dissolved = behind+", dissolved", true
		case !p.Registered && p.Netuid == staketypes.RootNetuid:
			behind += ", no seat: earns nothing"
		case !p.Registered:
			behind += ", no uid: earns nothing"
		}
		if p.Auto {
			behind += ", mined rewards go here"
		}
		if len(p.Names) > 0 {
			behind = fmt.Sprintf("%s (%s)", p.Names[0], behind)
		}
		place, yield := fmt.Sprint(p.Netuid), percent(p.YieldPerDay/100)
		if p.Netuid == staketypes.RootNetuid {
			place, yield = rootName, ""
		}
		t.AppendRow(table.Row{place, p.Symbol, behind, column(p.Alpha), p.Price, column(p.Value), signed(p.Gain), signed(p.GainPerDay), yield})
	}
	for _, k := range h.Tokens {
		where := "liquid"
		if k.Dissolved {
			where, dissolved = where+", dissolved", true
		}
		t.AppendRow(table.Row{k.Netuid, k.Symbol, where, column(k.Alpha), k.Price, column(k.Value), "", "", ""})
	}
	t.AppendRow(table.Row{"", "AGON", "liquid", column(h.Liquid), "", column(h.Liquid), "", "", ""})
	t.AppendFooter(table.Row{"", "", "", "", "total", column(h.Total), signed(h.Gain), "", ""})
	if dissolved {
		t.SetCaption("What is left of dissolved subnets: agond stake remove pays what was staked, agond stake redeem the liquid token.")
	}
	return t.Render()
}

// pools lists every pool.
func (s *session) pools() ([]staketypes.PoolInfo, error) {
	var out []staketypes.PoolInfo
	err := pages(func(page *query.PageRequest) (*query.PageResponse, error) {
		r, err := s.stake().Pools(s.cmd.Context(), &staketypes.QueryPoolsRequest{Pagination: page})
		if err != nil {
			return nil, err
		}
		out = append(out, r.Infos...)
		return r.Pagination, nil
	})
	return out, err
}

// balances are an account's coins.
func (s *session) balances(owner sdk.AccAddress) (sdk.Coins, error) {
	var out sdk.Coins
	err := pages(func(page *query.PageRequest) (*query.PageResponse, error) {
		r, err := s.bank().AllBalances(s.cmd.Context(), &banktypes.QueryAllBalancesRequest{Address: owner.String(), Pagination: page})
		if err != nil {
			return nil, err
		}
		out = out.Add(r.Balances...)
		return r.Pagination, nil
	})
	return out, err
}
