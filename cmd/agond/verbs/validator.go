package verbs

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"

	"github.com/agon-chain/agon/chain"
	staketypes "github.com/agon-chain/agon/x/stake/types"
)

const (
	flagHotkey = "hotkey"
	flagChild  = "child"
)

func validatorCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:                        "validator",
		Short:                      "What the owner of a validator's hotkey sets",
		SuggestionsMinimumDistance: 2,
		RunE:                       client.ValidateCmd,
	}
	cmd.AddCommand(validatorTakeCommand(), validatorChildrenCommand())
	return cmd
}

func validatorTakeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "take PERCENT --hotkey ADDRESS|KEY",
		Short: "Set what a validator keeps of its backers' dividends",
		Long: `Set what a hotkey keeps of its backers' dividends, in all its subnets. Lower at once; higher in steps with a long time in between, so that backers
can leave. The summary shows what it is, how high the next raise can go and from which block. The owner of the hotkey signs.

With --child it is what the hotkey keeps of the dividends on stake that others delegate to it, by the same rules.`,
		Example: `agond validator take 9% --hotkey agon1... --from owner --dry-run
agond validator take 12.5% --hotkey oak --from owner --yes
agond validator take 5% --child --hotkey oak --from owner --yes`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			points, err := parsePercent(args[0])
			if err != nil {
				return err
			}
			s, err := openSigner(cmd)
			if err != nil {
				return err
			}
			prepare := s.planTake
			if child, _ := cmd.Flags().GetBool(flagChild); child {
				prepare = s.planChildTake
			}
			p, err := prepare(uint32(points))
			if err != nil {
				return err
			}
			return s.carryOut(p)
		},
	}
	signFlags(cmd)
	cmd.Flags().String(flagHotkey, "", "the validator's hotkey: an address or a key of the keyring (required)")
	cmd.Flags().Bool(flagChild, false, "what it keeps of the dividends on stake that others delegate to it")
	_ = cmd.MarkFlagRequired(flagHotkey)
	completeKey(cmd, flagHotkey)
	return cmd
}

func (s *session) planTake(points uint32) (plan, error) {
	who, _ := s.cmd.Flags().GetString(flagHotkey)
	hotkey, err := s.hotkeyAccount(who)
	if err != nil {
		return plan{}, fmt.Errorf("--%s: %w", flagHotkey, err)
	}
	now, err := s.stake().Take(s.cmd.Context(), &staketypes.QueryTakeRequest{Hotkey: hotkey.String()})
	if err != nil {
		return plan{}, err
	}
	if now.TakeBps == points {
		return plan{}, fmt.Errorf("%w: the take is %s", errSame, percent(uint64(points)))
	}
	height, err := s.height(s.cmd.Context())
	if err != nil {
		return plan{}, err
	}
	raise := "now"
	if now.RaiseFrom > height {
		raise = fmt.Sprintf("from block %d, in %d blocks", now.RaiseFrom, now.RaiseFrom-height)
	}
	p := plan{verb: "validator take", msg: &staketypes.MsgSetTake{Owner: s.ctx.FromAddress.String(), Hotkey: hotkey.String(), TakeBps: points}}
	p.about = sheet{
		s.signerLine("owner"),
		{"hotkey", hotkey.String(), "hotkey", hotkey.String()},
		{"take_bps", points, "take", percent(uint64(now.TakeBps)) + " -> " + percent(uint64(points))},
		{name: "old_take_bps", value: now.TakeBps},
	}
	p.expect = sheet{
		{"highest_bps", now.HighestBps, "can be", "0.00 % to " + percent(uint64(now.HighestBps)) + " in one step"},
		{"raise_from", now.RaiseFrom, "can be raised", raise},
	}
	if points > now.TakeBps {
		p.warn = "backers see a raise and can leave at once; the next one has to wait"
	}
	p.outcome = func(chain.TxResult) (sheet, error) { return nil, nil }
	return p, nil
}

// planChildTake sets what a hotkey keeps of the dividends on delegated stake. How far and when it can be raised the rehearsal says.
func (s *session) planChildTake(points uint32) (plan, error) {
	who, _ := s.cmd.Flags().GetString(flagHotkey)
	hotkey, err := s.account(who)
	if err != nil {
		return plan{}, fmt.Errorf("--%s: %w", flagHotkey, err)
	}
	return plan{
		verb: "validator take --child", msg: &staketypes.MsgSetChildTake{Owner: s.ctx.FromAddress.String(), Hotkey: hotkey.String(), TakeBps: points},
		about: sheet{
			s.signerLine("owner"),
			{"hotkey", hotkey.String(), "hotkey", hotkey.String()},
			{"child_take_bps", points, "child take", percent(uint64(points)) + " of the dividends on stake that others delegate to it, in all subnets"},
		},
		outcome: func(chain.TxResult) (sheet, error) { return nil, nil },
	}, nil
}
