package verbs

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/types/query"

	disputetypes "github.com/agon-chain/agon/x/dispute/types"
)

func disputeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dispute",
		Short: "Accuse miners, vote on those accused, and see what came of it",
		Long: `Accuse miners, vote on those accused, and see what came of it.

agon-validator does all of this by itself for subnets whose task keeps accounts of evidence; these are for by hand.`,
		SuggestionsMinimumDistance: 2,
		RunE:                       client.ValidateCmd,
	}
	cmd.AddCommand(disputeListCommand(), disputeShowCommand(), disputeRecordCommand(), disputeAccuseCommand(), disputeVoteCommand())
	return cmd
}

func (s *session) disputes() disputetypes.QueryClient { return disputetypes.NewQueryClient(s.ctx) }

// enumWord is the last part of a value's name, in lower case with hyphens.
func enumWord(v fmt.Stringer) string {
	text := v.String()
	for _, prefix := range []string{"CASE_STATUS_", "VERDICT_"} {
		text = strings.TrimPrefix(text, prefix)
	}
	if text == "UNSPECIFIED" {
		return ""
	}
	return strings.ReplaceAll(strings.ToLower(text), "_", "-")
}

// caseLine is a case in short. Hashes are in hex.
type caseLine struct {
	Case        uint64 `json:"case,string"`
	Netuid      uint32 `json:"netuid"`
	Miner       string `json:"miner"`
	Accuser     string `json:"accuser"`
	Reason      string `json:"reason"`
	Evidence    string `json:"evidence"`
	Log10E      uint32 `json:"log10_e"`
	Status      string `json:"status"`
	OpenedAt    int64  `json:"opened_at,string"`
	CommitUntil int64  `json:"commit_until,string"`
	RevealUntil int64  `json:"reveal_until,string"`
	Held        uint64 `json:"held,string"`
	Slashed     uint64 `json:"slashed,string"`
}

func shortCase(c disputetypes.Case) caseLine {
	out := caseLine{
		Case: c.Id, Netuid: c.Netuid, Miner: c.Miner, Accuser: c.Accuser, Reason: c.Reason, Evidence: hex.EncodeToString(c.Evidence), Log10E: c.Log10E,
		Status: enumWord(c.Status), OpenedAt: c.OpenedAt, CommitUntil: c.Terms.CommitUntil, RevealUntil: c.Terms.RevealUntil, Held: c.Held,
	}
	if o := c.Outcome; o != nil {
		out.Slashed = o.Burned + o.Pooled
	}
	return out
}

// docket is the cases of a subnet.
type docket struct {
	Cases []caseLine `json:"cases"`
}

func (d docket) text() string {
	t := newTable("Cases", table.Row{"case", "miner", "reason", "status", "opened", "reveals until", "held", "slashed"}, "miner", "reason", "status", "held", "slashed")
	for _, c := range d.Cases {
		t.AppendRow(table.Row{c.Case, c.Miner, c.Reason, c.Status, c.OpenedAt, c.RevealUntil, agon(c.Held), agon(c.Slashed)})
	}
	return t.Render()
}

func disputeListCommand() *cobra.Command {
	cmd := askFlags(&cobra.Command{
		Use:     "list --subnet SUBNET",
		Short:   "List the cases of a subnet that are kept",
		Example: "agond dispute list --subnet 3\nagond dispute list --subnet 3 --output json | jq -r '.cases[] | select(.status==\"guilty\") | .miner'",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := open(cmd)
			if err != nil {
				return err
			}
			which, _ := cmd.Flags().GetString(flagSubnet)
			subnet, err := s.subnet(which)
			if err != nil {
				return err
			}
			all := docket{Cases: []caseLine{}}
			err = pages(func(page *query.PageRequest) (*query.PageResponse, error) {
				r, err := s.disputes().Cases(cmd.Context(), &disputetypes.QueryCasesRequest{Netuid: subnet.Netuid, Pagination: page})
				if err != nil {
					return nil, err
				}
				for _, c := range r.Cases {
					all.Cases = append(all.Cases, shortCase(c))
				}
				return r.Pagination, nil
			})
			if err != nil {
				return err
			}
			return s.print(all, all.text)
		},
	})
	cmd.Flags().String(flagSubnet, "", "the subnet, by number, symbol or name")
	completeSubnet(cmd, flagSubnet)
	return cmd
}

// shownCase is a case with its bench.
type shownCase struct {
	caseLine
	Bench []judgeLine `json:"bench"`
}

type judgeLine struct {
	Hotkey   string `json:"hotkey"`
	Owner    string `json:"owner"`
	Weight   uint64 `json:"weight,string"`
	Promised bool   `json:"promised"`
	Verdict  string `json:"verdict,omitempty"`
	Evidence string `json:"evidence,omitempty"`
}

func (c shownCase) text() string {
	t := newTable("Bench", table.Row{"judge", "weight", "promised", "verdict", "evidence"}, "judge", "promised", "verdict", "evidence")
	for _, j := range c.Bench {
		promised := "no"
		if j.Promised {
			promised = "yes"
		}
		t.AppendRow(table.Row{j.Hotkey, plain(j.Weight), promised, j.Verdict, j.Evidence})
	}
	return sheet{
		{"", nil, "miner", c.Miner},
		{"", nil, "accuser", c.Accuser},
		{"", nil, "reason", c.Reason},
		{"", nil, "evidence", c.Evidence},
		{"", nil, "status", c.Status},
		{"", nil, "opened", fmt.Sprint(c.OpenedAt)},
		{"", nil, "commits until", fmt.Sprint(c.CommitUntil)},
		{"", nil, "reveals until", fmt.Sprint(c.RevealUntil)},
		{"", nil, "held", agon(c.Held)},
		{"", nil, "slashed", agon(c.Slashed)},
	}.table(fmt.Sprintf("Case %d in subnet %d", c.Case, c.Netuid)) + "\n" + t.Render()
}

// parseCase reads the number of a case.
func parseCase(text string) (uint64, error) {
	id, err := strconv.ParseUint(text, 10, 64)
	if err != nil || id < disputetypes.FirstCaseID {
		return 0, fmt.Errorf("%q is not the number of a case, from %d; agond dispute list --subnet SUBNET lists them", text, disputetypes.FirstCaseID)
	}
	return id, nil
}

func disputeShowCommand() *cobra.Command {
	return askFlags(&cobra.Command{
		Use:     "show CASE",
		Short:   "Show a case with its bench",
		Example: "agond dispute show 12\nagond dispute show 12 --output json | jq -r .status",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseCase(args[0])
			if err != nil {
				return err
			}
			s, err := open(cmd)
			if err != nil {
				return err
			}
			r, err := s.disputes().Case(cmd.Context(), &disputetypes.QueryCaseRequest{CaseId: id})
			if err != nil {
				return err
			}
			out := shownCase{caseLine: shortCase(r.Case), Bench: []judgeLine{}}
			for _, j := range r.Bench {
				out.Bench = append(out.Bench, judgeLine{j.Hotkey, j.Owner, j.Weight, len(j.Commit) > 0, enumWord(j.Verdict), hex.EncodeToString(j.Evidence)})
			}
			return s.print(out, out.text)
		},
	})
}

func disputeRecordCommand() *cobra.Command {
	cmd := askFlags(&cobra.Command{
		Use:     "record HOTKEY --subnet SUBNET",
		Short:   "Show what verdicts say of a miner, and whether a case is open against it",
		Example: "agond dispute record agon1... --subnet 3",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := open(cmd)
			if err != nil {
				return err
			}
			which, _ := cmd.Flags().GetString(flagSubnet)
			subnet, err := s.subnet(which)
			if err != nil {
				return err
			}
			r, err := s.disputes().Record(cmd.Context(), &disputetypes.QueryRecordRequest{Netuid: subnet.Netuid, Miner: args[0]})
			if err != nil {
				return err
			}
			out := sheet{
				{"miner", args[0], "miner", args[0]},
				{"verdicts", r.Record.Verdicts, "found guilty", fmt.Sprint(r.Record.Verdicts)},
				{"slashed", base(r.Record.Slashed), "slashed", agon(r.Record.Slashed)},
				{"last_case", base(r.Record.LastCase), "last case", never(int64(r.Record.LastCase))},
				{"open_case", base(r.OpenCase), "open case", never(int64(r.OpenCase))},
			}
			return s.print(out, func() string { return out.table("Record") })
		},
	})
	cmd.Flags().String(flagSubnet, "", "the subnet, by number, symbol or name")
	completeSubnet(cmd, flagSubnet)
	return cmd
}
