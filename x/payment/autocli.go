package payment

import (
	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"

	"github.com/agon-chain/agon/x/payment/types"
)

// AutoCLIOptions describes the module's queries and messages to the command line. Amounts are in nagon, times in blocks.
func (AppModule) AutoCLIOptions() *autocliv1.ModuleOptions {
	arg := func(fields ...string) []*autocliv1.PositionalArgDescriptor {
		var out []*autocliv1.PositionalArgDescriptor
		for _, f := range fields {
			out = append(out, &autocliv1.PositionalArgDescriptor{ProtoField: f})
		}
		return out
	}
	return &autocliv1.ModuleOptions{
		Query: &autocliv1.ServiceCommandDescriptor{
			Service: types.Query_serviceDesc.ServiceName,
			Short:   "Read what payers hold, what miners ask, and channels between them",
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{
					RpcMethod: "Params", Use: "params",
					Short:   "Show the terms of new channels (amounts in nagon, times in blocks, parts in basis points)",
					Example: "agond query payment params --output json",
				},
				{
					RpcMethod: "Account", Use: "account [owner]",
					Short:          "Show what an owner has outside channels (nagon), how many channels are open, and who may open others",
					Example:        "agond query payment account agon1...",
					PositionalArgs: arg("owner"),
				},
				{
					RpcMethod: "Channel", Use: "channel [id]",
					Short:          "Show one channel: deposit and what was claimed of it (nagon), until when it lives, and its terms",
					Example:        "agond query payment channel 1 --output json",
					PositionalArgs: arg("id"),
				},
				{
					RpcMethod: "ChannelsOf", Use: "channels-of [owner]",
					Short:          "List the channels of an account, open ones and those that ended lately, at most 100 a page",
					Example:        "agond query payment channels-of agon1... --page-limit 20",
					PositionalArgs: arg("owner"),
				},
				{
					RpcMethod: "ChannelsTo", Use: "channels-to [payee]",
					Short:          "List the channels that pay a miner, by its hotkey, in all subnets, at most 100 a page",
					Example:        "agond query payment channels-to agon1... --output json",
					PositionalArgs: arg("payee"),
				},
				{
					RpcMethod: "Price", Use: "price [netuid] [hotkey]",
					Short:          "Show what a miner asks per request and per million tokens (nagon); all zero is free",
					Example:        "agond query payment price 1 agon1...",
					PositionalArgs: arg("netuid", "hotkey"),
				},
				{
					RpcMethod: "Prices", Use: "prices [netuid]",
					Short:          "List the prices of a subnet's miners (nagon); who is not listed asks nothing, at most 100 a page",
					Example:        "agond query payment prices 1 --output json",
					PositionalArgs: arg("netuid"),
				},
				{
					RpcMethod: "Pots", Use: "pots",
					Short:   "List what guilty miners lost and their payers can take, at most 100 a page",
					Example: "agond query payment pots",
				},
				{
					RpcMethod: "Pot", Use: "pot [case-id]",
					Short:          "Show what is left for a guilty miner's payers, and until when (nagon, block)",
					Example:        "agond query payment pot 1",
					PositionalArgs: arg("case_id"),
				},
				{
					RpcMethod: "Refund", Use: "refund [case-id] [channel]",
					Short:          "Show what a channel's account can take of it (nagon)",
					Example:        "agond query payment refund 1 7",
					PositionalArgs: arg("case_id", "channel"),
				},
			},
		},
		Tx: &autocliv1.ServiceCommandDescriptor{
			Service: types.Msg_serviceDesc.ServiceName,
			Short:   "Pay miners through channels, claim, and set prices",
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{
					RpcMethod: "Deposit", Use: "deposit [owner] [amount]",
					Short:          "Put coins (nagon) into an account, one's own or another's",
					Example:        "agond tx payment deposit agon1... 5000000000 --from alice",
					PositionalArgs: arg("owner", "amount"),
				},
				{
					RpcMethod: "Withdraw", Use: "withdraw [amount]",
					Short:          "Take coins (nagon, 0 for all) out of one's account that no channel holds",
					Example:        "agond tx payment withdraw 0 --from alice",
					PositionalArgs: arg("amount"),
				},
				{
					RpcMethod: "SetOperators", Use: "set-operators [operator]...",
					Short:          "Name the addresses, at most 8, that may open, top up and close channels with one's account; none ends all",
					Example:        "agond tx payment set-operators agon1... --from alice",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "operators", Varargs: true}},
				},
				{
					RpcMethod: "OpenChannel", Use: "open-channel [owner] [netuid] [payee] [voucher-key] [deposit] [blocks]",
					Short: "Set a part of an account's balance aside for a miner, by its hotkey",
					Long: "Set a part of an account's balance (nagon) aside for a miner, by its hotkey, as the account's owner or one of its operators.\n\n" +
						"voucher-key is the ed25519 public key, in base64, whose private half signs vouchers. The channel lives for so many blocks unless it is topped up.",
					Example:        `agond tx payment open-channel agon1... 1 agon1... "$(cat voucher.pub)" 1000000000 1296000 --from alice`,
					PositionalArgs: arg("owner", "netuid", "payee", "voucher_key", "deposit", "blocks"),
					FlagOptions:    map[string]*autocliv1.FlagOptions{"version_id": {Usage: "version of the model that is to answer, where the miner is bound to several"}},
				},
				{
					RpcMethod: "TopUp", Use: "top-up [channel] [amount] [blocks]",
					Short:          "Add to a channel (nagon, or 0), and let it live for so many blocks from now (or 0)",
					Example:        "agond tx payment top-up 1 1000000000 0 --from alice",
					PositionalArgs: arg("channel", "amount", "blocks"),
				},
				{
					RpcMethod: "RequestWithdrawal", Use: "request-withdrawal [channel]",
					Short:          "Begin the delay after which the rest of a channel can be taken back; until then the miner can claim",
					Example:        "agond tx payment request-withdrawal 1 --from alice",
					PositionalArgs: arg("channel"),
				},
				{
					RpcMethod: "FinishWithdrawal", Use: "finish-withdrawal [channel]",
					Short:          "Close a channel after the delay; its rest goes back to the account",
					Example:        "agond tx payment finish-withdrawal 1 --from alice",
					PositionalArgs: arg("channel"),
				},
				{
					RpcMethod: "Claim", Use: "claim [item]...",
					Short:          "Claim by vouchers, at most 256: as JSON with channel, cumulative (nagon) and signature (base64); by the payee's hotkey",
					Example:        `agond tx payment claim '{"channel":"1","cumulative":"5000000","signature":"..."}' --from hotkey`,
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "items", Varargs: true}},
				},
				{
					RpcMethod: "CloseChannel", Use: "close-channel [channel]",
					Short:          "End a channel at once, after a last voucher if one is given; by the payee's hotkey",
					Example:        "agond tx payment close-channel 1 --from hotkey",
					PositionalArgs: arg("channel"),
					FlagOptions: map[string]*autocliv1.FlagOptions{
						"cumulative": {Usage: "of the last voucher, in nagon"}, "signature": {Usage: "of the last voucher, in base64"},
					},
				},
				{
					RpcMethod: "Sweep", Use: "sweep [channel]",
					Short:          "Close anyone's channel whose time has been over for long enough; its rest goes back to its account",
					Example:        "agond tx payment sweep 1 --from alice",
					PositionalArgs: arg("channel"),
				},
				{
					RpcMethod: "SetPrice", Use: "set-price [netuid] [per-request] [per-million-input] [per-million-output]",
					Short:          "Say what one's calls cost in a subnet (nagon); all zero is free; by the hotkey",
					Example:        "agond tx payment set-price 1 1000 50000000 200000000 --from hotkey",
					PositionalArgs: arg("netuid", "per_request", "per_million_input", "per_million_output"),
				},
				{
					RpcMethod: "ClaimRefund", Use: "claim-refund [case-id] [channel]",
					Short:          "Take a channel's part of what its miner lost by a verdict into the channel's account",
					Example:        "agond tx payment claim-refund 1 7 --from alice",
					PositionalArgs: arg("case_id", "channel"),
				},
				{RpcMethod: "UpdateParams", Skip: true},
			},
		},
	}
}
