package verbs

import (
	"errors"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/types/query"

	emissiontypes "github.com/agon-chain/agon/x/emission/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

func priceCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "price [SUBNET...]",
		Short: "Show what subnets' tokens cost, how deep their pools are, and their share of emission",
		Long: "Show what subnets' tokens cost in AGON, how deep their pools are, and their share of the emission. Without an argument all subnets are shown.\n\n" +
			"With --history it is one subnet's mean price over time, from the summed price that the pool keeps: a node that has dropped old state shows less.",
		Example: `agond price
agond price 1 LANG --output json | jq -r '.subnets[].price'
agond price LANG --history --blocks 43200 --points 30`,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := open(cmd)
			if err != nil {
				return err
			}
			if past, _ := cmd.Flags().GetBool(flagHistory); past {
				if len(args) != 1 {
					return errors.New("--history shows one subnet: agond price 3 --history")
				}
				subnet, err := s.subnet(args[0])
				if err != nil {
					return err
				}
				h, err := s.history(subnet)
				if err != nil {
					return err
				}
				return s.print(h, h.text)
			}
			m, err := s.market(args)
			if err != nil {
				return err
			}
			return s.print(m, m.text)
		},
		ValidArgsFunction: func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
			return subnetChoices(cmd), cobra.ShellCompDirectiveNoFileComp
		},
	}
	historyFlags(cmd)
	return askFlags(cmd)
}

// market is what tokens cost. Amounts are base units.
type market struct {
	Subnets []pricing `json:"subnets"`
}

type pricing struct {
	Netuid uint32 `json:"netuid"`
	Symbol string `json:"symbol"`
	Name   string `json:"name"`
	// Price of a token in AGON, decimal; what it redeems where the subnet is dissolved.
	Price     string `json:"price"`
	Dissolved bool   `json:"dissolved"`
	// Agon and Alpha are the pool's reserves.
	Agon  uint64 `json:"pool_agon,string"`
	Alpha uint64 `json:"pool_alpha,string"`
	// Staked of the token.
	Staked uint64 `json:"alpha_staked,string"`
	Supply uint64 `json:"alpha_supply,string"`
	// Emission is the share of the subnets' emission, in basis points.
	Emission uint32 `json:"emission_bps"`
}

func (s *session) market(which []string) (market, error) {
	out := market{Subnets: []pricing{}}
	all, err := s.some(which)
	if err != nil {
		return out, err
	}
	pools, err := s.pools()
	if err != nil {
		return out, err
	}
	at := map[uint32]int{}
	for i, p := range pools {
		at[p.Pool.Netuid] = i
	}
	shares, err := s.emissionShares()
	if err != nil {
		return out, err
	}
	for _, n := range all {
		row := pricing{Netuid: n.Netuid, Symbol: n.Symbol, Name: n.Identity.Name, Emission: shares[n.Netuid]}
		if n.DissolvedAt > 0 {
			pot, err := s.pot(n.Netuid)
			if err != nil {
				return out, err
			}
			row.Price, row.Supply, row.Dissolved = pot.Rate, pot.AlphaSupply, true
		} else if i, ok := at[n.Netuid]; ok {
			p := pools[i]
			row.Price, row.Agon, row.Alpha, row.Staked, row.Supply = p.Price, p.Pool.Agon, p.Pool.Alpha, p.AlphaStaked, p.AlphaSupply
		}
		out.Subnets = append(out.Subnets, row)
	}
	return out, nil
}

// some are the subnets that arguments name; all without one.
func (s *session) some(which []string) ([]subnettypes.Subnet, error) {
	if len(which) == 0 {
		return s.allSubnets()
	}
	out := make([]subnettypes.Subnet, len(which))
	for i, w := range which {
		var err error
		if out[i], err = s.subnet(w); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// emissionShares are the subnets' shares of emission in basis points, by netuid.
func (s *session) emissionShares() (map[uint32]uint32, error) {
	out := map[uint32]uint32{}
	err := pages(func(page *query.PageRequest) (*query.PageResponse, error) {
		r, err := s.emission().Subnets(s.cmd.Context(), &emissiontypes.QuerySubnetsRequest{Pagination: page})
		if err != nil {
			return nil, err
		}
		for _, e := range r.Subnets {
			out[e.Emission.Netuid] = e.ShareBps
		}
		return r.Pagination, nil
	})
	return out, err
}

func (m market) text() string {
	t := newTable("Prices in AGON", table.Row{"subnet", "token", "name", "price", "pool AGON", "pool token", "staked", "emission"}, "token", "name")
	for _, p := range m.Subnets {
		if p.Dissolved {
			p.Name += ", dissolved"
		}
		t.AppendRow(table.Row{
			p.Netuid, p.Symbol, p.Name, p.Price, column(p.Agon), column(p.Alpha), column(p.Staked), percent(uint64(p.Emission)),
		})
	}
	return t.Render()
}
