package verbs

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/agon-chain/agon/chain"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// maxCommitment is how many bytes a commitment can have.
const maxCommitment = subnettypes.MaxCommitmentSize

func commitCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "commit DATA --subnet SUBNET",
		Short: "Put a few bytes of your hotkey on the chain for all to read",
		Long: `Put up to 256 bytes on the chain in place of those before: the hash of a model, a pointer, whatever the task says. The hotkey signs, and holds a
uid in the subnet. DATA is taken as text; 0x... is read as bytes, and @FILE is what the file holds. It can be read by all, for good.`,
		Example: `agond commit 0x$(sha256sum model.bin | cut -d' ' -f1) --subnet 3 --from hotkey
agond commit "https://models.example/7" --subnet LANG --from hotkey --yes`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			data, err := parseData(args[0])
			if err != nil {
				return err
			}
			s, err := openSigner(cmd)
			if err != nil {
				return err
			}
			which, _ := cmd.Flags().GetString(flagSubnet)
			subnet, err := s.subnet(which)
			if err != nil {
				return err
			}
			return s.carryOut(plan{
				verb: "commit", msg: &subnettypes.MsgCommitData{Hotkey: s.ctx.FromAddress.String(), Netuid: subnet.Netuid, Data: data},
				about: sheet{
					s.signerLine("hotkey"), subnetLine(subnet),
					{"data", hex.EncodeToString(data), "data", fmt.Sprintf("%s (%d bytes)", readable(data), len(data))},
				},
				outcome: func(chain.TxResult) (sheet, error) { return nil, nil },
			})
		},
	}
	signFlags(cmd)
	cmd.Flags().String(flagSubnet, "", "the subnet, by number, symbol or name")
	completeSubnet(cmd, flagSubnet)
	return cmd
}

// parseData reads what is to be committed: text, 0x... or @FILE.
func parseData(argument string) ([]byte, error) {
	text, err := fromFile(argument)
	if err != nil {
		return nil, err
	}
	data := []byte(text)
	if digits, ok := strings.CutPrefix(argument, "0x"); ok {
		if data, err = hex.DecodeString(digits); err != nil {
			return nil, fmt.Errorf("%q: behind 0x stand two of 0-9 and a-f for each byte", argument)
		}
	}
	if len(data) == 0 || len(data) > maxCommitment {
		return nil, fmt.Errorf("data has %d bytes, want 1 to %d: commit to the hash of what is longer", len(data), maxCommitment)
	}
	return data, nil
}

// readable is data as it would be typed: text where it is some, bytes otherwise.
func readable(data []byte) string {
	text := string(data)
	if utf8.ValidString(text) && !strings.HasPrefix(text, "0x") && strings.IndexFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) < 0 {
		return text
	}
	return "0x" + hex.EncodeToString(data)
}

func commitmentsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "commitments SUBNET",
		Short:   "List what a subnet's hotkeys have committed to",
		Example: "agond commitments 3\nagond commitments LANG --output json | jq -r '.commitments[].data'",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := open(cmd)
			if err != nil {
				return err
			}
			subnet, err := s.subnet(args[0])
			if err != nil {
				return err
			}
			l, err := s.commitments(subnet.Netuid)
			if err != nil {
				return err
			}
			return s.print(l, l.text)
		},
		ValidArgsFunction: firstIsSubnet,
	}
	return askFlags(cmd)
}

// committed is what a subnet's hotkeys have committed to.
type committed struct {
	Netuid      uint32       `json:"netuid"`
	Commitments []commitment `json:"commitments"`
}

// commitment has its data in hex, and in Text what a reader makes of it.
type commitment struct {
	UID    uint32 `json:"uid"`
	Hotkey string `json:"hotkey"`
	Block  int64  `json:"block"`
	Data   string `json:"data"`
	Text   string `json:"text"`
}

func (s *session) commitments(netuid uint32) (committed, error) {
	out := committed{Netuid: netuid, Commitments: []commitment{}}
	err := pages(func(page *query.PageRequest) (*query.PageResponse, error) {
		r, err := s.subnets().Commitments(s.cmd.Context(), &subnettypes.QueryCommitmentsRequest{Netuid: netuid, Pagination: page})
		if err != nil {
			return nil, err
		}
		for _, c := range r.Commitments {
			out.Commitments = append(out.Commitments, commitment{
				UID: c.Uid, Hotkey: c.Hotkey, Block: c.Block, Data: hex.EncodeToString(c.Data), Text: readable(c.Data),
			})
		}
		return r.Pagination, nil
	})
	return out, err
}

func (c committed) text() string {
	t := newTable("Commitments in subnet "+strconv.FormatUint(uint64(c.Netuid), 10), table.Row{"uid", "hotkey", "block", "data"}, "hotkey", "data")
	for _, one := range c.Commitments {
		t.AppendRow(table.Row{one.UID, one.Hotkey, one.Block, one.Text})
	}
	return t.Render()
}
