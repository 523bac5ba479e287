package verbs

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/types/query"

	paymenttypes "github.com/agon-chain/agon/x/payment/types"
)

func paymentCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "payment",
		Short: "Keep money for calls, open channels to miners with it, and take it back",
		Long: `Keep money for calls, open channels to miners with it, and take it back.

Gateways, validators and clients open and fill their channels by themselves, as operators of an account, and miners claim by themselves;
what they need of you is a deposit and the right to use it.`,
		SuggestionsMinimumDistance: 2,
		RunE:                       client.ValidateCmd,
	}
	cmd.AddCommand(
		paymentDepositCommand(), paymentWithdrawCommand(), paymentOperatorsCommand(), paymentOpenCommand(), paymentTopupCommand(), paymentRequestCommand(),
		paymentCloseCommand(), paymentSweepCommand(), paymentPriceCommand(), paymentRefundCommand(), paymentShowCommand(), paymentChannelsCommand(),
	)
	return cmd
}

func (s *session) payments() paymenttypes.QueryClient { return paymenttypes.NewQueryClient(s.ctx) }

// parseChannel reads the number of a channel.
func parseChannel(text string) (uint64, error) {
	id, err := strconv.ParseUint(text, 10, 64)
	if err != nil || id < paymenttypes.FirstChannelID {
		return 0, fmt.Errorf("%q is not the number of a channel, from %d; agond payment channels lists yours", text, paymenttypes.FirstChannelID)
	}
	return id, nil
}

// parseVoucherKey reads an ed25519 public key in hexadecimal digits or base64.
func parseVoucherKey(text string) ([]byte, error) {
	const size = 32
	if key, err := hex.DecodeString(text); err == nil && len(key) == size {
		return key, nil
	}
	if key, err := base64.StdEncoding.DecodeString(text); err == nil && len(key) == size {
		return key, nil
	}
	return nil, fmt.Errorf("--%s is %.80q, want the %d bytes of an ed25519 public key, in %d hexadecimal digits or in base64", flagVoucherKey, text, size, 2*size)
}

// channelLine is a channel in short. Amounts are in nagon.
type channelLine struct {
	Channel   uint64 `json:"channel,string"`
	Owner     string `json:"owner"`
	Netuid    uint32 `json:"netuid"`
	Payee     string `json:"payee"`
	Deposit   uint64 `json:"deposit,string"`
	Claimed   uint64 `json:"claimed,string"`
	Status    string `json:"status"`
	ExpiresAt int64  `json:"expires_at,string"`
	ClosingAt int64  `json:"closing_at,string"`
	VersionID uint64 `json:"version_id,string"`
}

func shortChannel(c paymenttypes.Channel) channelLine {
	out := channelLine{
		Channel: c.Id, Owner: c.Owner, Netuid: c.Netuid, Payee: c.Payee, Deposit: c.Deposit, Claimed: c.Claimed, Status: "open",
		ExpiresAt: c.ExpiresAt, ClosingAt: c.ClosingAt, VersionID: c.VersionId,
	}
	switch {
	case !c.Open():
		out.Status = strings.ToLower(strings.TrimPrefix(c.Cause.String(), "CLOSE_CAUSE_"))
	case c.ClosingAt != 0:
		out.Status = "closing"
	}
	return out
}

// channelList is the channels of an account, or to a miner.
type channelList struct {
	Channels []channelLine `json:"channels"`
}

func (l channelList) text() string {
	t := newTable("Channels", table.Row{"channel", "subnet", "owner", "payee", "deposit", "claimed", "status", "expires"}, "owner", "payee", "deposit", "claimed", "status")
	for _, c := range l.Channels {
		t.AppendRow(table.Row{c.Channel, c.Netuid, c.Owner, c.Payee, agon(c.Deposit), agon(c.Claimed), c.Status, c.ExpiresAt})
	}
	return t.Render()
}

func paymentChannelsCommand() *cobra.Command {
	cmd := askFlags(&cobra.Command{
		Use:   "channels [ACCOUNT] | channels --to HOTKEY",
		Short: "List the channels of an account, or those that pay a miner",
		Example: `agond payment channels alice
agond payment channels --to agon1... --output json | jq -r '.channels[] | select(.status=="closing") | .channel'`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := open(cmd)
			if err != nil {
				return err
			}
			all := channelList{Channels: []channelLine{}}
			add := func(list []paymenttypes.Channel, next *query.PageResponse) (*query.PageResponse, error) {
				for _, c := range list {
					all.Channels = append(all.Channels, shortChannel(c))
				}
				return next, nil
			}
			ask := func(page *query.PageRequest) (*query.PageResponse, error) {
				account, err := s.accountOf(args)
				if err != nil {
					return nil, err
				}
				r, err := s.payments().ChannelsOf(cmd.Context(), &paymenttypes.QueryChannelsOfRequest{Owner: account.String(), Pagination: page})
				if err != nil {
					return nil, err
				}
				return add(r.Channels, r.Pagination)
			}
			if to, _ := cmd.Flags().GetString(flagTo); to != "" {
				payee, err := s.hotkeyAccount(to)
				if err != nil {
					return fmt.Errorf("--%s: %w", flagTo, err)
				}
				ask = func(page *query.PageRequest) (*query.PageResponse, error) {
					r, err := s.payments().ChannelsTo(cmd.Context(), &paymenttypes.QueryChannelsToRequest{Payee: payee.String(), Pagination: page})
					if err != nil {
						return nil, err
					}
					return add(r.Channels, r.Pagination)
				}
			}
			if err := pages(ask); err != nil {
				return err
			}
			return s.print(all, all.text)
		},
	})
	cmd.Flags().String(flagTo, "", "a miner, by its hotkey or a key of the keyring")
	completeKey(cmd, flagTo)
	return cmd
}

func paymentShowCommand() *cobra.Command {
	return askFlags(&cobra.Command{
		Use:     "show [ACCOUNT|CHANNEL]",
		Short:   "Show what an account has for calls and who may use it, or one channel by its number",
		Example: "agond payment show alice\nagond payment show 7 --output json | jq -r .claimed",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := open(cmd)
			if err != nil {
				return err
			}
			if len(args) > 0 {
				if id, err := parseChannel(args[0]); err == nil {
					return s.showChannel(id)
				}
			}
			account, err := s.accountOf(args)
			if err != nil {
				return err
			}
			r, err := s.payments().Account(cmd.Context(), &paymenttypes.QueryAccountRequest{Owner: account.String()})
			if err != nil {
				return err
			}
			a := r.Account
			operators := "nobody else"
			if len(a.Operators) > 0 {
				operators = strings.Join(a.Operators, "\n")
			} else {
				a.Operators = []string{}
			}
			out := sheet{
				{"owner", a.Owner, "owner", a.Owner},
				{"balance", base(a.Balance), "in no channel", agon(a.Balance)},
				{"channels", a.Channels, "open channels", fmt.Sprint(a.Channels)},
				{"operators", a.Operators, "may use it", operators},
			}
			return s.print(out, func() string { return out.table("Account for calls") })
		},
	})
}

func (s *session) channel(id uint64) (paymenttypes.Channel, error) {
	r, err := s.payments().Channel(s.cmd.Context(), &paymenttypes.QueryChannelRequest{Id: id})
	if err != nil {
		return paymenttypes.Channel{}, err
	}
	return r.Channel, nil
}

func (s *session) showChannel(id uint64) error {
	c, err := s.channel(id)
	if err != nil {
		return err
	}
	line := shortChannel(c)
	version := "none"
	if c.VersionId != 0 {
		version = fmt.Sprint(c.VersionId)
	}
	out := sheet{
		{"channel", base(c.Id), "channel", fmt.Sprint(c.Id)},
		{"owner", c.Owner, "owner", c.Owner},
		{"netuid", c.Netuid, "subnet", fmt.Sprint(c.Netuid)},
		{"payee", c.Payee, "payee", c.Payee},
		{"voucher_key", hex.EncodeToString(c.VoucherKey), "voucher key", hex.EncodeToString(c.VoucherKey)},
		{"deposit", base(c.Deposit), "deposit", agon(c.Deposit)},
		{"claimed", base(c.Claimed), "claimed", agon(c.Claimed)},
		{"rest", base(c.Rest()), "rest", agon(c.Rest())},
		{"status", line.Status, "status", line.Status},
		{"expires_at", c.ExpiresAt, "expires", fmt.Sprint(c.ExpiresAt)},
		{"closing_at", c.ClosingAt, "can be closed from", never(c.ClosingAt)},
		{"sweep_at", c.SweepAt(), "can be swept from", fmt.Sprint(c.SweepAt())},
		{"version_id", base(c.VersionId), "version", version},
		{
			"parts_bps",
			[]uint32{c.Terms.MinerBps, c.Terms.ModelBps, c.Terms.SubnetBps, c.Terms.ProtocolBps},
			"miner, model, subnet, protocol",
			strings.Join([]string{percent(uint64(c.Terms.MinerBps)), percent(uint64(c.Terms.ModelBps)), percent(uint64(c.Terms.SubnetBps)), percent(uint64(c.Terms.ProtocolBps))}, ", "),
		},
	}
	return s.print(out, func() string { return out.table("Channel") })
}
