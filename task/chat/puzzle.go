package chat

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// puzzle is a small thing to ask whose answer is computed, in several wordings.
type puzzle struct {
	wordings []string
	answer   []string // the words that the answer must end with
	chance   float64  // of a guess
}

// words that puzzles are made of: short, common, of different first and last letters.
var words = strings.Fields("apple bridge candle dragon engine forest garden hammer island jacket kettle lemon mirror needle ocean " +
	"pencil quarry river saddle timber umbrella valley window yellow zebra anchor basket copper dinner eagle fabric guitar")

// puzzles makes one of each kind.
var puzzles = []func(*rand.Rand) puzzle{
	func(r *rand.Rand) puzzle {
		a, b := 2+r.IntN(98), 2+r.IntN(98)
		return puzzle{[]string{
			fmt.Sprintf("What is %d + %d? Reply with the number only.", a, b),
			fmt.Sprintf("Add %d to %d. Give just the result.", b, a),
			fmt.Sprintf("I had %d coins and found %d more. How many do I have? Only the number, please.", a, b),
		}, []string{strconv.Itoa(a + b)}, 0.02}
	},
	func(r *rand.Rand) puzzle {
		a, b := 20+r.IntN(80), 2+r.IntN(18)
		return puzzle{[]string{
			fmt.Sprintf("What is %d - %d? Reply with the number only.", a, b),
			fmt.Sprintf("Take %d away from %d. Give just the result.", b, a),
			fmt.Sprintf("Of %d birds, %d flew off. How many are left? Only the number, please.", a, b),
		}, []string{strconv.Itoa(a - b)}, 0.02}
	},
	func(r *rand.Rand) puzzle {
		a := r.IntN(9000) + 1000
		b := a
		for b == a {
			b = r.IntN(9000) + 1000
		}
		return puzzle{[]string{
			fmt.Sprintf("Which number is larger, %d or %d? Reply with the number only.", a, b),
			fmt.Sprintf("Of %d and %d, name the greater. Just that number.", b, a),
			fmt.Sprintf("Two prices: %d and %d. Which one is higher? Only the number, please.", a, b),
		}, []string{strconv.Itoa(max(a, b))}, 0.5}
	},
	func(r *rand.Rand) puzzle {
		w := words[r.IntN(len(words))]
		return puzzle{[]string{
			fmt.Sprintf("What is the last letter of the word %q? Reply with the letter only.", w),
			fmt.Sprintf("Name the letter that %q ends with. Just the letter.", w),
			fmt.Sprintf("With which letter does %q end? Only that letter, please.", w),
		}, []string{w[len(w)-1:]}, 0.15}
	},
	func(r *rand.Rand) puzzle {
		var some []string
		for _, i := range r.Perm(len(words))[:3] {
			some = append(some, words[i])
		}
		sorted := slices.Clone(some)
		slices.Sort(sorted)
		list := strings.Join(some, ", ")
		return puzzle{[]string{
			fmt.Sprintf("Put these words in alphabetical order, separated by commas: %s. Reply with the list only.", list),
			fmt.Sprintf("Sort alphabetically: %s. Give just the sorted words.", list),
			fmt.Sprintf("Here are three words: %s. Write them in the order of a dictionary, nothing else.", list),
		}, sorted, 1.0 / 6}
	},
	func(r *rand.Rand) puzzle {
		n := 3 + r.IntN(6)
		var some []string
		for _, i := range r.Perm(len(words))[:n] {
			some = append(some, words[i])
		}
		list := strings.Join(some, " ")
		return puzzle{[]string{
			fmt.Sprintf("How many words are in this line: %s? Reply with the number in digits only.", list),
			fmt.Sprintf("Count the words: %s. Give just the count, in digits.", list),
			fmt.Sprintf("Tell me how many words follow, as a number in digits: %s", list),
		}, []string{strconv.Itoa(n)}, 1.0 / 6}
	},
}

// tokens are the words and numbers of a text, in lower case.
func tokens(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// right says whether a text ends with the answer. What stands before does not matter (a model may think aloud), what follows does: else a
// list of everything would be right.
func right(text string, answer []string) bool {
	got := tokens(text)
	return len(got) >= len(answer) && slices.Equal(got[len(got)-len(answer):], answer)
}
