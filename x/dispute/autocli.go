package dispute

import (
	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"

	"github.com/agon-chain/agon/x/dispute/types"
)

// AutoCLIOptions describes the module's queries and messages to the command line. Weights are in alpha base units, amounts in nagon.
func (AppModule) AutoCLIOptions() *autocliv1.ModuleOptions {
	id := &autocliv1.PositionalArgDescriptor{ProtoField: "case_id"}
	netuid := &autocliv1.PositionalArgDescriptor{ProtoField: "netuid"}
	miner := &autocliv1.PositionalArgDescriptor{ProtoField: "miner"}
	return &autocliv1.ModuleOptions{
		Query: &autocliv1.ServiceCommandDescriptor{
			Service: types.Query_serviceDesc.ServiceName,
			Short:   "Read accusations of miners, and what verdicts say of them",
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{
					RpcMethod: "Params", Use: "params",
					Short:   "Show the terms of new cases (periods in blocks, parts in basis points)",
					Example: "agond query dispute params --output json",
				},
				{
					RpcMethod: "Case", Use: "case [case-id]",
					Short:          "Show one case: who accuses whom, on what evidence, its bench and what each judge said, and what is held of the miner's collateral (nagon)",
					Example:        "agond query dispute case 1 --output json",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{id},
				},
				{
					RpcMethod: "Cases", Use: "cases [netuid]",
					Short:          "List the cases of a subnet that are kept, at most 100 a page",
					Example:        "agond query dispute cases 1 --page-limit 20",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid},
				},
				{
					RpcMethod: "CasesOf", Use: "cases-of [netuid] [miner]",
					Short:          "List the cases against a miner, by its hotkey, that are kept, at most 100 a page",
					Example:        "agond query dispute cases-of 1 agon1...",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid, miner},
				},
				{
					RpcMethod: "Record", Use: "record [netuid] [miner]",
					Short:          "Show how often a miner, by its hotkey, was found guilty, when last, and the case that is open against it",
					Example:        "agond query dispute record 1 agon1... --output json",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid, miner},
				},
				{
					RpcMethod: "Records", Use: "records [netuid]",
					Short:          "List a subnet's miners that were found guilty, also those that hold no uid any more, at most 100 a page",
					Example:        "agond query dispute records 1 --page-limit 100 --output json",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid},
				},
				{
					RpcMethod: "Accuser", Use: "accuser [hotkey]",
					Short:          "Show the cases that a validator has open, and until when it has to wait before another",
					Example:        "agond query dispute accuser $(agond keys show hotkey --address)",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "hotkey"}},
				},
			},
		},
		Tx: &autocliv1.ServiceCommandDescriptor{
			Service: types.Msg_serviceDesc.ServiceName,
			Short:   "Accuse a miner, and judge one",
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{
					RpcMethod: "Accuse", Use: "accuse [netuid] [miner] [evidence] [log10-e]",
					Short: "Open a case against a miner; by a validator of its subnet",
					Long: "Open a case against a miner, by its hotkey, as a validator of its subnet.\n\n" +
						"evidence is the SHA-256 of what was seen, in base64; keep what it hashes, others will ask for it. log10-e is how strong it is: the decimal logarithm of its e-value in thousandths, " +
						"so 3000 for odds of 1,000 to 1. A case that the bench rejects bars its accuser for a while (agond query dispute params).",
					Example:        `agond tx dispute accuse 1 agon1... "$(openssl dgst -sha256 -binary transcript.json | base64)" 4200 --reason "text of another model" --from hotkey`,
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid, miner, {ProtoField: "evidence"}, {ProtoField: "log10_e"}},
					FlagOptions:    map[string]*autocliv1.FlagOptions{"reason": {Usage: "in words, at most 256 bytes"}},
				},
				{
					RpcMethod: "CommitVote", Use: "commit-vote [case-id] [hash]",
					Short:          "Promise a judge's vote by its hash (base64), once, while the case takes commits; x/dispute/README.md says what is hashed",
					Example:        "agond tx dispute commit-vote 1 \"$(cat vote.hash)\" --from hotkey",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{id, {ProtoField: "hash"}},
				},
				{
					RpcMethod: "RevealVote", Use: "reveal-vote [case-id] [verdict] [evidence] [salt]",
					Short:          "Show the vote that was promised: verdict-guilty, verdict-not-guilty or verdict-cannot-tell, the hash of what the judge saw itself and the salt (base64)",
					Example:        "agond tx dispute reveal-vote 1 verdict-guilty \"$(cat evidence.hash)\" \"$(cat vote.salt)\" --from hotkey",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{id, {ProtoField: "verdict"}, {ProtoField: "evidence"}, {ProtoField: "salt"}},
				},
				{RpcMethod: "UpdateParams", Skip: true},
			},
		},
	}
}
