package verbs

import (
	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/chain"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

func subnetIdentityCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "identity SUBNET",
		Short: "Change what people see of your subnet: name, description, site, contact",
		Long:  "Change what people see of your subnet, at once. What no flag names stays as it is; an empty one is taken away. The token's symbol stays for good.",
		Example: `agond subnet identity 3 --name Languages --url https://lang.example
agond subnet identity LANG --contact "" --from owner --yes`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, subnet, err := openOwned(cmd, args[0])
			if err != nil {
				return err
			}
			id := subnet.Identity
			next, lines, err := seen{id.Name, id.Description, id.Url, id.Contact}.update(cmd)
			if err != nil {
				return err
			}
			return s.carryOut(plan{
				verb: "subnet identity", about: append(sheet{s.signerLine("owner"), subnetLine(subnet)}, lines...),
				msg: &subnettypes.MsgUpdateSubnetIdentity{
					Owner: s.ctx.FromAddress.String(), Netuid: subnet.Netuid,
					Identity: subnettypes.SubnetIdentity{Name: next.name, Description: next.description, Url: next.url, Contact: next.contact},
				},
				outcome: func(chain.TxResult) (sheet, error) { return nil, nil },
			})
		},
		ValidArgsFunction: firstIsSubnet,
	}
	signFlags(cmd)
	identityFlags(cmd)
	return cmd
}
