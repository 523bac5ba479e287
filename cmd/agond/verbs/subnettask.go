package verbs

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/chain"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// maxArgumentFile bounds a file that stands for an argument.
const maxArgumentFile = 64 << 10

// fromFile is an argument itself, or what the file holds that @FILE names.
func fromFile(argument string) (string, error) {
	path, ok := strings.CutPrefix(argument, "@")
	if !ok {
		return argument, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if info.Size() > maxArgumentFile {
		return "", fmt.Errorf("%s has %d bytes, at most %d", path, info.Size(), maxArgumentFile)
	}
	bz, err := os.ReadFile(path)
	return string(bz), err
}

func subnetTaskCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "task SUBNET PARAMETERS|@FILE",
		Short: "Change what your subnet's task is told",
		Long: `Change what your subnet's task is told, at once: a JSON object, or a file with one; '' for the task's defaults. Validators read it when they next
look at the subnet. The kind of the task stays for good.`,
		Example: `agond subnet task 3 '{"languages":["eng","deu"]}' --dry-run
agond subnet task LANG @task.json --from owner --yes`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			told, err := fromFile(args[1])
			if err != nil {
				return err
			}
			told = strings.TrimSpace(told)
			s, subnet, err := openOwned(cmd, args[0])
			if err != nil {
				return err
			}
			if told == subnet.TaskParams {
				return errSame
			}
			return s.carryOut(plan{
				verb: "subnet task", msg: &subnettypes.MsgUpdateTaskParams{Owner: s.ctx.FromAddress.String(), Netuid: subnet.Netuid, TaskParams: told},
				about: sheet{
					s.signerLine("owner"), subnetLine(subnet),
					{"task_kind", subnet.TaskKind, "task", subnet.TaskKind},
					{"task_params", told, "is told", orNothing(subnet.TaskParams) + " -> " + orNothing(told)},
				},
				outcome: func(chain.TxResult) (sheet, error) { return nil, nil },
			})
		},
		ValidArgsFunction: firstIsSubnet,
	}
	return signFlags(cmd)
}
