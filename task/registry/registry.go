package registry

import (
	"github.com/agon-chain/agon/task"
	chatdishonest "github.com/agon-chain/agon/task/chat/dishonest"
	"github.com/agon-chain/agon/task/chat/embedded"
	"github.com/agon-chain/agon/task/chat/openai"
	"github.com/agon-chain/agon/task/chat/pinned"
	"github.com/agon-chain/agon/task/external"
	"github.com/agon-chain/agon/task/langid"
	"github.com/agon-chain/agon/task/langid/dishonest"
	"github.com/agon-chain/agon/task/langid/lingua"
	"github.com/agon-chain/agon/task/langid/whatlang"
)

// Tasks returns every task: what validators ask and judge by.
func Tasks() []task.Task {
	return []task.Task{
		langid.Task(),
		pinned.Task(),
		external.Task(),
	}
}

// Experts returns every expert: what miners serve. It is apart from Tasks so that
// a program that calls only Tasks links no expert's models.
func Experts() []task.ExpertSpec {
	var all []task.ExpertSpec
	all = append(all, lingua.Specs()...)
	all = append(all, whatlang.Spec())
	all = append(all, dishonest.Specs()...)
	all = append(all, embedded.Spec())
	all = append(all, openai.Spec())
	all = append(all, chatdishonest.Specs()...)
	all = append(all, external.Spec())
	return all
}
