package model

import (
	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"

	"github.com/agon-chain/agon/x/model/types"
)

// arguments are positional, by the names of their fields.
func arguments(fields ...string) (out []*autocliv1.PositionalArgDescriptor) {
	for _, f := range fields {
		out = append(out, &autocliv1.PositionalArgDescriptor{ProtoField: f})
	}
	return out
}

// AutoCLIOptions describes the module's queries and messages to the command line. Amounts are in nagon, periods in blocks, hashes in base64.
func (AppModule) AutoCLIOptions() *autocliv1.ModuleOptions {
	return &autocliv1.ModuleOptions{
		Query: &autocliv1.ServiceCommandDescriptor{
			Service: types.Query_serviceDesc.ServiceName,
			Short:   "Read models, their versions, and who serves them",
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{
					RpcMethod: "Params", Use: "params",
					Short:   "Show fees (nagon), bounds, and how often and how long neurons are asked (blocks)",
					Example: "agond query model params --output json",
				},
				{
					RpcMethod: "Model", Use: "model [model]",
					Short:          "Show a model: its owner, how many versions it has, and to whom it is offered",
					Example:        "agond query model model tiny-stories",
					PositionalArgs: arguments("model"),
				},
				{
					RpcMethod: "Models", Use: "models",
					Short:   "List all models by name, at most 100 a page",
					Example: "agond query model models --page-limit 20",
				},
				{
					RpcMethod: "Version", Use: "version [model] [version]",
					Short:          "Show a version: root, how it is run, licence, parents, and what it is a copy of",
					Example:        "agond query model version tiny-stories 3 --output json",
					PositionalArgs: arguments("model", "version"),
				},
				{
					RpcMethod: "Versions", Use: "versions [model]",
					Short:          "List the versions of a model, at most 100 a page",
					Example:        "agond query model versions tiny-stories",
					PositionalArgs: arguments("model"),
				},
				{
					RpcMethod: "VersionByRoot", Use: "version-by-root [root]",
					Short:          "Find the version that owns a root, over files or of a largest file, in 64 hexadecimal digits",
					Example:        "agond query model version-by-root 5f2b...",
					PositionalArgs: arguments("root"),
				},
				{
					RpcMethod: "Files", Use: "files [model] [version]",
					Short:          "List the files of a version with their sizes (bytes) and roots, at most 100 a page",
					Example:        "agond query model files tiny-stories 3 --output json",
					PositionalArgs: arguments("model", "version"),
				},
				{
					RpcMethod: "Lineage", Use: "lineage [model] [version]",
					Short:          "Show what a version was made from, with shares in basis points, over at most 8 generations",
					Example:        "agond query model lineage tiny-stories 3 --depth 2",
					PositionalArgs: arguments("model", "version"),
				},
				{
					RpcMethod: "Bindings", Use: "bindings [netuid]",
					Short:          "List which neurons of a subnet are bound to which versions, at most 100 a page",
					Example:        "agond query model bindings 1",
					PositionalArgs: arguments("netuid"),
				},
				{
					RpcMethod: "BindingsOfNeuron", Use: "bindings-of-neuron [netuid] [uid]",
					Short:          "Show what a neuron is bound to, and which chunk an open challenge asks for",
					Example:        "agond query model bindings-of-neuron 1 4 --output json",
					PositionalArgs: arguments("netuid", "uid"),
				},
				{
					RpcMethod: "BindingsOfVersion", Use: "bindings-of-version [model] [version]",
					Short:          "List who is bound to a version in all subnets, at most 100 a page",
					Example:        "agond query model bindings-of-version tiny-stories 3",
					PositionalArgs: arguments("model", "version"),
				},
				{
					RpcMethod: "Resolve", Use: "resolve [netuid] [model] [version]",
					Short:          "List the neurons of a subnet that serve a version, at most 100 a page",
					Example:        "agond query model resolve 1 tiny-stories 3",
					PositionalArgs: arguments("netuid", "model", "version"),
				},
				{
					RpcMethod: "Reservations", Use: "reservations [owner]",
					Short:          "List an account's reservations of roots",
					Example:        "agond query model reservations $(agond keys show me --address)",
					PositionalArgs: arguments("owner"),
				},
			},
		},
		Tx: &autocliv1.ServiceCommandDescriptor{
			Service: types.Msg_serviceDesc.ServiceName,
			Short:   "Publish models, and say and prove who serves them",
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{
					RpcMethod: "CreateModel", Use: "create-model [name]",
					Short:          "Take the name of a model; model_fee is burned",
					Example:        `agond tx model create-model tiny-stories --about "A very small language model" --from me`,
					PositionalArgs: arguments("name"),
					FlagOptions: map[string]*autocliv1.FlagOptions{
						"about": {Usage: "what the model is, at most 1024 bytes"},
					},
				},
				{
					RpcMethod: "DescribeModel", Use: "describe-model [model] [about]",
					Short:          "Change what is said about a model",
					Example:        `agond tx model describe-model tiny-stories "A small language model" --from me`,
					PositionalArgs: arguments("model", "about"),
				},
				{
					RpcMethod: "OfferModel", Use: "offer-model [model] [new-owner] [expires-at]",
					Short:          "Offer a model to another account until a height",
					Example:        "agond tx model offer-model tiny-stories $(agond keys show bob --address) 250000 --from me",
					PositionalArgs: arguments("model", "new_owner", "expires_at"),
				},
				{
					RpcMethod: "AcceptModel", Use: "accept-model [model]",
					Short:          "Accept a model that is offered to the signer",
					Example:        "agond tx model accept-model tiny-stories --from bob",
					PositionalArgs: arguments("model"),
				},
				{
					RpcMethod: "CancelModelOffer", Use: "cancel-model-offer [model]",
					Short:          "Take the offer of a model back",
					Example:        "agond tx model cancel-model-offer tiny-stories --from me",
					PositionalArgs: arguments("model"),
				},
				{
					RpcMethod: "ReserveRoot", Use: "reserve-root [hash]",
					Short:          "Claim a root before it is shown, by the hash over owner, root and salt (agond model publish --reserve makes it)",
					Example:        "agond tx model reserve-root $(echo -n ... | base64) --from me",
					PositionalArgs: arguments("hash"),
				},
				{
					RpcMethod: "PublishVersion", Use: "publish-version [model] [root]",
					Short:          "Add a version to a model; version_fee is burned (agond model publish reckons the roots)",
					Example:        `agond tx model publish-version tiny-stories BASE64 --files '{"path":"model.gguf","size":"1057160","root":"BASE64"}' --description description.json --from me`,
					PositionalArgs: arguments("model", "root"),
					FlagOptions: map[string]*autocliv1.FlagOptions{
						"files":       {Usage: "one for each file, ascending by path: JSON with path, size and root"},
						"description": {Usage: "how it is run: JSON with architecture, quantization, engine, context_length, licence"},
						"parents":     {Usage: "one for each parent: JSON with model, version and share_bps"},
						"salt":        {Usage: "salt of the reservation"},
					},
				},
				{
					RpcMethod: "DeprecateVersion", Use: "deprecate-version [model] [version] [reason]",
					Short:          "Say that a version should not be used any more",
					Example:        `agond tx model deprecate-version tiny-stories 2 "the tokenizer was wrong" --successor-model tiny-stories --successor-version 3 --from me`,
					PositionalArgs: arguments("model", "version", "reason"),
					FlagOptions: map[string]*autocliv1.FlagOptions{
						"successor_model":   {Usage: "the model to use instead"},
						"successor_version": {Usage: "its version"},
					},
				},
				{
					RpcMethod: "BindVersion", Use: "bind-version [netuid] [model] [version]",
					Short:          "Say that the signer's neuron serves a version; by its hotkey",
					Example:        "agond tx model bind-version 1 tiny-stories 3 --from hotkey",
					PositionalArgs: arguments("netuid", "model", "version"),
				},
				{
					RpcMethod: "UnbindVersion", Use: "unbind-version [netuid] [model] [version]",
					Short:          "End a binding; by its hotkey. With a challenge open it counts as missed",
					Example:        "agond tx model unbind-version 1 tiny-stories 3 --from hotkey",
					PositionalArgs: arguments("netuid", "model", "version"),
				},
				{
					RpcMethod: "AnswerChallenge", Use: "answer-challenge [netuid] [model] [version] [chunk]",
					Short:          "Give the chunk that a binding is asked for; by its hotkey (agond model prove reads it from the files)",
					Example:        "agond model prove tiny-stories@3 --dir models/tiny --subnet 1 --from hotkey",
					PositionalArgs: arguments("netuid", "model", "version", "chunk"),
					FlagOptions: map[string]*autocliv1.FlagOptions{
						"chunk_path": {Usage: "siblings up to the leaf"},
						"leaf_path":  {Usage: "siblings up to the file"},
					},
				},
				{RpcMethod: "UpdateParams", Skip: true},
			},
		},
	}
}
