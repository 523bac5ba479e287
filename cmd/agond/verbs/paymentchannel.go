package verbs

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/chain"
	paymenttypes "github.com/agon-chain/agon/x/payment/types"
)

const (
	flagVoucherKey = "voucher-key"
	flagDays       = "days"
	// flagModel is not called version: the node's configuration has such an entry, which would be taken for the flag.
	flagModel = "model"
	// openDays is for how long a channel is opened if nobody says.
	openDays = 30
)

func paymentOpenCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "open HOTKEY AMOUNT --subnet SUBNET --voucher-key KEY",
		Short: "Set AGON of your account aside for a miner, with the key that will sign vouchers",
		Long: `Set AGON of your account aside for a miner. Whoever has the private half of the voucher key can spend the channel at this miner, and nothing else; the miner claims what
vouchers are worth. What nobody claimed comes back by payment close, or after the channel has expired. An operator of another's account names it with --account.`,
		Example: `agond payment open agon1... 5agon --subnet 3 --voucher-key "$(cat voucher.pub)" --from alice
agond payment open agon1... 5agon --subnet 3 --voucher-key 4f0c... --days 7 --model tiny-stories@1 --account alice --from gateway`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			amount, err := wantAgon(args[1])
			if err != nil {
				return err
			}
			text, _ := cmd.Flags().GetString(flagVoucherKey)
			key, err := parseVoucherKey(text)
			if err != nil {
				return err
			}
			s, err := openSigner(cmd)
			if err != nil {
				return err
			}
			p, err := s.planOpen(args[0], amount, key)
			if err != nil {
				return err
			}
			return s.carryOut(p)
		},
	}
	signFlags(cmd)
	cmd.Flags().String(flagSubnet, "", "the subnet, by number, symbol or name")
	completeSubnet(cmd, flagSubnet)
	cmd.Flags().String(flagVoucherKey, "", "ed25519 public key that signs vouchers, hexadecimal or base64 (required)")
	cmd.Flags().Uint64(flagDays, openDays, "how long the channel lives unless it is topped up")
	cmd.Flags().String(flagModel, "", "the version that is to answer, NAME@NUMBER, where the miner is bound to several")
	accountFlag(cmd, "whose account pays, an address or a key; yours if left out")
	_ = cmd.MarkFlagRequired(flagVoucherKey)
	return cmd
}

func (s *session) planOpen(who string, amount uint64, key []byte) (plan, error) {
	which, _ := s.cmd.Flags().GetString(flagSubnet)
	subnet, err := s.subnet(which)
	if err != nil {
		return plan{}, err
	}
	payee, err := s.hotkeyAccount(who)
	if err != nil {
		return plan{}, err
	}
	owner, err := s.payer()
	if err != nil {
		return plan{}, err
	}
	lives, err := s.daysInBlocks()
	if err != nil {
		return plan{}, err
	}
	msg := &paymenttypes.MsgOpenChannel{
		Signer: s.ctx.FromAddress.String(), Owner: owner.String(), Netuid: subnet.Netuid, Payee: payee.String(), VoucherKey: key, Deposit: amount, Blocks: lives,
	}
	about := sheet{s.signerLine("signer"), {"owner", msg.Owner, "paid by the account of", msg.Owner}, subnetLine(subnet), {"payee", msg.Payee, "payee", msg.Payee}}
	if version, _ := s.cmd.Flags().GetString(flagModel); version != "" {
		v, err := s.version(version)
		if err != nil {
			return plan{}, fmt.Errorf("--%s: %w", flagModel, err)
		}
		msg.VersionId = v.Version.Id
		about = append(about, field{"version", version, "version", version})
	}
	r, err := s.payments().Price(s.cmd.Context(), &paymenttypes.QueryPriceRequest{Netuid: subnet.Netuid, Hotkey: msg.Payee})
	if err != nil {
		return plan{}, err
	}
	p := plan{
		verb: "payment open", msg: msg, about: append(about, field{"deposit", base(amount), "deposit", agon(amount)}),
		expect: append(priceSheet(r.Price), field{"blocks", lives, "lives for", blocks(lives)}),
		outcome: func(result chain.TxResult) (sheet, error) {
			var r paymenttypes.MsgOpenChannelResponse
			err := chain.Response(result, 0, &r)
			return sheet{{"channel", base(r.Id), "channel", fmt.Sprint(r.Id)}, {"expires_at", r.ExpiresAt, "expires", fmt.Sprint(r.ExpiresAt)}}, err
		},
	}
	if r.Price.IsFree() {
		p.warn = "this miner asks nothing: calls need no channel"
	}
	return p, nil
}

// daysInBlocks is --days as blocks at the pace of the chain, at most what a channel may live.
func (s *session) daysInBlocks() (uint64, error) {
	days, _ := s.cmd.Flags().GetUint64(flagDays)
	if days == 0 {
		return 0, nil
	}
	r, err := s.payments().Params(s.cmd.Context(), &paymenttypes.QueryParamsRequest{})
	if err != nil {
		return 0, err
	}
	now, err := s.pace()
	if err != nil {
		return 0, err
	}
	most := r.Params.MaxChannelBlocks
	if days > most/now.perDay+1 {
		return most, nil
	}
	return min(days*now.perDay, most), nil
}

func paymentTopupCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "topup CHANNEL [AMOUNT] [--days DAYS]",
		Short:   "Add AGON of its account to a channel, let it live longer, or both",
		Example: "agond payment topup 7 5agon --from alice\nagond payment topup 7 --days 30 --from alice --yes",
		Args:    cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseChannel(args[0])
			if err != nil {
				return err
			}
			msg := &paymenttypes.MsgTopUp{Channel: id}
			if len(args) == 2 {
				if msg.Amount, err = wantAgon(args[1]); err != nil {
					return err
				}
			}
			s, err := openSigner(cmd)
			if err != nil {
				return err
			}
			if msg.Blocks, err = s.daysInBlocks(); err != nil {
				return err
			}
			if msg.Amount == 0 && msg.Blocks == 0 {
				return fmt.Errorf("say how much to add, or for how long with --%s", flagDays)
			}
			msg.Signer = s.ctx.FromAddress.String()
			about, err := s.aboutChannel(id, "signer")
			if err != nil {
				return err
			}
			return s.carryOut(plan{
				verb: "payment topup", msg: msg, about: append(about, field{"amount", base(msg.Amount), "adds", agon(msg.Amount)}),
				outcome: func(result chain.TxResult) (sheet, error) {
					var r paymenttypes.MsgTopUpResponse
					err := chain.Response(result, 0, &r)
					return sheet{{"deposit", base(r.Deposit), "deposit now", agon(r.Deposit)}, {"expires_at", r.ExpiresAt, "expires", fmt.Sprint(r.ExpiresAt)}}, err
				},
			})
		},
	}
	signFlags(cmd)
	cmd.Flags().Uint64(flagDays, 0, "how long it lives from now, if that is later")
	return cmd
}

// aboutChannel says which channel a verb is about.
func (s *session) aboutChannel(id uint64, signer string) (sheet, error) {
	c, err := s.channel(id)
	if err != nil {
		return nil, err
	}
	return sheet{
		s.signerLine(signer),
		{"channel", base(id), "channel", fmt.Sprint(id)},
		{"payee", c.Payee, "payee", c.Payee},
		{"rest", base(c.Rest()), "rest", agon(c.Rest())},
	}, nil
}

func paymentRequestCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "withdraw-request CHANNEL",
		Short:   "Say that you will take the rest of a channel back; after a delay, in which the miner claims, payment close does",
		Example: "agond payment withdraw-request 7 --from alice\nagond payment close 7 --from alice   # a day later",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseChannel(args[0])
			if err != nil {
				return err
			}
			s, err := openSigner(cmd)
			if err != nil {
				return err
			}
			about, err := s.aboutChannel(id, "signer")
			if err != nil {
				return err
			}
			return s.carryOut(plan{
				verb: "payment withdraw-request", about: about, warn: "no miner serves on a channel that closes, and it cannot be topped up",
				msg: &paymenttypes.MsgRequestWithdrawal{Signer: s.ctx.FromAddress.String(), Channel: id},
				outcome: func(result chain.TxResult) (sheet, error) {
					var r paymenttypes.MsgRequestWithdrawalResponse
					err := chain.Response(result, 0, &r)
					return sheet{{"closing_at", r.ClosingAt, "payment close from", fmt.Sprintf("block %d", r.ClosingAt)}}, err
				},
			})
		},
	}
	return signFlags(cmd)
}

func paymentCloseCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "close CHANNEL",
		Short: "End a channel: as its payer after the delay of payment withdraw-request, as its miner at once",
		Long: `End a channel; its rest goes back to its account. Its payer can once the delay of payment withdraw-request is over. Its miner can at once, and should have claimed before: agon-miner
claims by itself.`,
		Example: "agond payment close 7 --from alice\nagond payment close 7 --from hotkey --yes",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseChannel(args[0])
			if err != nil {
				return err
			}
			s, err := openSigner(cmd)
			if err != nil {
				return err
			}
			p, err := s.planClose(id)
			if err != nil {
				return err
			}
			return s.carryOut(p)
		},
	}
	return signFlags(cmd)
}

// planClose ends a channel for whoever signs: its miner, or else its payer.
func (s *session) planClose(id uint64) (plan, error) {
	c, err := s.channel(id)
	if err != nil {
		return plan{}, err
	}
	signs, err := s.hotkeyAccount(s.ctx.FromAddress.String())
	if err != nil {
		return plan{}, err
	}
	me := s.ctx.FromAddress.String()
	if signs.String() == c.Payee {
		about, err := s.aboutChannel(id, "payee")
		return plan{
			verb: "payment close", about: about, warn: "what you have not claimed of it is lost to you", msg: &paymenttypes.MsgCloseChannel{Payee: me, Channel: id},
			outcome: func(result chain.TxResult) (sheet, error) {
				var r paymenttypes.MsgCloseChannelResponse
				err := chain.Response(result, 0, &r)
				return sheet{returnedLine(r.Returned)}, err
			},
		}, err
	}
	about, err := s.aboutChannel(id, "signer")
	if err == nil && c.Open() && c.ClosingAt == 0 {
		err = fmt.Errorf("no withdrawal from channel %[1]d has begun: agond payment withdraw-request %[1]d", id)
	}
	return plan{
		verb: "payment close", about: about, msg: &paymenttypes.MsgFinishWithdrawal{Signer: me, Channel: id},
		outcome: func(result chain.TxResult) (sheet, error) {
			var r paymenttypes.MsgFinishWithdrawalResponse
			err := chain.Response(result, 0, &r)
			return sheet{returnedLine(r.Returned)}, err
		},
	}, err
}

func returnedLine(amount uint64) field {
	return field{"returned", base(amount), "back in the account", agon(amount)}
}

func paymentSweepCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "sweep CHANNEL",
		Short:   "End anyone's channel whose time has been over for long enough; its rest goes back to its account",
		Example: "agond payment sweep 7 --from alice --yes",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseChannel(args[0])
			if err != nil {
				return err
			}
			s, err := openSigner(cmd)
			if err != nil {
				return err
			}
			about, err := s.aboutChannel(id, "sender")
			if err != nil {
				return err
			}
			return s.carryOut(plan{
				verb: "payment sweep", about: about, msg: &paymenttypes.MsgSweep{Sender: s.ctx.FromAddress.String(), Channel: id},
				outcome: func(result chain.TxResult) (sheet, error) {
					var r paymenttypes.MsgSweepResponse
					err := chain.Response(result, 0, &r)
					return sheet{returnedLine(r.Returned)}, err
				},
			})
		},
	}
	return signFlags(cmd)
}
