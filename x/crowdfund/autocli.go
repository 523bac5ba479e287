package crowdfund

import (
	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"

	"github.com/agon-chain/agon/x/crowdfund/types"
)

// AutoCLIOptions describes the module's queries and messages to the command line. Amounts are in nagon, periods in blocks.
func (AppModule) AutoCLIOptions() *autocliv1.ModuleOptions {
	fund := &autocliv1.PositionalArgDescriptor{ProtoField: "fund_id"}
	return &autocliv1.ModuleOptions{
		Query: &autocliv1.ServiceCommandDescriptor{
			Service: types.Query_serviceDesc.ServiceName,
			Short:   "Read funds that pay for subnets, and who shares in them",
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{
					RpcMethod: "Params", Use: "params",
					Short:   "Show the bounds of new funds (amounts in nagon, periods in blocks)",
					Example: "agond query crowdfund params --output json",
				},
				{
					RpcMethod: "Fund", Use: "fund [fund-id]",
					Short:          "Show one fund: its plan and terms, what it has raised and still misses (nagon), and what it holds for its shares once its subnet is open",
					Example:        "agond query crowdfund fund 1 --output json",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{fund},
				},
				{
					RpcMethod: "Funds", Use: "funds",
					Short:   "List all funds, at most 100 a page",
					Example: "agond query crowdfund funds --page-limit 20",
				},
				{
					RpcMethod: "Contribution", Use: "contribution [fund-id] [contributor]",
					Short:          "Show what an account has in a fund, and what it is due: token of the subnet, and what was raised above its cost (nagon)",
					Example:        "agond query crowdfund contribution 1 $(agond keys show me --address)",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{fund, {ProtoField: "contributor"}},
				},
				{
					RpcMethod: "Contributions", Use: "contributions [fund-id]",
					Short:          "List what all accounts have in a fund, and what they are due, at most 100 a page",
					Example:        "agond query crowdfund contributions 1 --page-limit 100 --output json",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{fund},
				},
				{
					RpcMethod: "ContributionsOf", Use: "contributions-of [contributor]",
					Short:          "List what an account has in all funds, and what it is due, at most 100 a page",
					Example:        "agond query crowdfund contributions-of $(agond keys show me --address)",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "contributor"}},
				},
			},
		},
		Tx: &autocliv1.ServiceCommandDescriptor{
			Service: types.Msg_serviceDesc.ServiceName,
			Short:   "Pay for a subnet together, and share its owner cut",
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{
					RpcMethod: "CreateCrowdfund", Use: "create-crowdfund [goal] [min-contribution] [ends-at] [deposit]",
					Short: "Open a fund for a subnet that the signer is to own, with a deposit of its own in it",
					Long: "Open a fund for a subnet that the signer is to own, with a deposit of its own in it. Amounts are in nagon (10^9 nagon = 1 AGON).\n\n" +
						"goal is the most that is collected, and so the most that the subnet may cost (agond query subnet creation-cost). min-contribution is the least of each contribution that does not fill the fund. " +
						"ends-at is the last block at which the fund collects and opens its subnet. deposit stays in the fund while it collects.\n" +
						"--plan takes JSON, or the name of a .json file: identity with a name, symbol, task_kind, and if wanted task_params and hyperparams (all of them).\n" +
						"--operator-bps is the part of the owner cut that the subnet's owner keeps during the lease; --lease-blocks is how long the others share in it.",
					Example: `agond tx crowdfund create-crowdfund 150000000000 1000000000 250000 10000000000 --plan '{"identity":{"name":"Languages"},"symbol":"LANG","task_kind":"langid"}' ` +
						"--operator-bps 2000 --lease-blocks 5000000 --from operator",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "goal"}, {ProtoField: "min_contribution"}, {ProtoField: "ends_at"}, {ProtoField: "deposit"}},
					FlagOptions: map[string]*autocliv1.FlagOptions{
						"plan":         {Usage: "the subnet to be: JSON or a .json file"},
						"operator_bps": {Usage: "what the subnet's owner keeps of the owner cut during the lease, in basis points"},
						"lease_blocks": {Usage: "how long shareholders share in the owner cut, in blocks; 0 is for ever"},
					},
				},
				{
					RpcMethod: "Contribute", Use: "contribute [fund-id] [amount]",
					Short:          "Pay into a fund that collects, in nagon; what does not fit under its goal stays with the signer",
					Example:        "agond tx crowdfund contribute 1 25000000000 --from me",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{fund, {ProtoField: "amount"}},
				},
				{
					RpcMethod: "WithdrawContribution", Use: "withdraw-contribution [fund-id] [amount]",
					Short:          "Take a contribution back before the fund's subnet is open, in nagon; 0 takes all back",
					Example:        "agond tx crowdfund withdraw-contribution 1 0 --from me",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{fund, {ProtoField: "amount"}},
				},
				{
					RpcMethod: "Finalize", Use: "finalize [fund-id]",
					Short:          "Open the subnet of a fund that has raised what it costs now; by anyone",
					Example:        "agond query crowdfund fund 1\nagond tx crowdfund finalize 1 --from me",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{fund},
				},
				{
					RpcMethod: "CancelCrowdfund", Use: "cancel-crowdfund [fund-id]",
					Short:          "End a fund before its subnet is open, so that all take back what they paid; by its operator",
					Example:        "agond tx crowdfund cancel-crowdfund 1 --from operator",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{fund},
				},
				{
					RpcMethod: "Claim", Use: "claim [fund-id]",
					Short:          "Receive what the signer's shares of a fund are due: token of its subnet, and once what was raised above its cost",
					Example:        "agond query crowdfund contribution 1 $(agond keys show me --address)\nagond tx crowdfund claim 1 --from me",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{fund},
				},
				{
					RpcMethod: "TransferShares", Use: "transfer-shares [fund-id] [recipient] [shares]",
					Short:          "Give shares of a fund to another account, after both were paid what they are due; 0 gives all",
					Example:        "agond tx crowdfund transfer-shares 1 $(agond keys show bob --address) 5000000000 --from me",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{fund, {ProtoField: "recipient"}, {ProtoField: "shares"}},
				},
				{
					RpcMethod: "EndLease", Use: "end-lease [fund-id]",
					Short:          "End a lease before its height; by the subnet's owner who holds every share",
					Example:        "agond tx crowdfund end-lease 1 --from operator",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{fund},
				},
				{RpcMethod: "UpdateParams", Skip: true},
			},
		},
	}
}
