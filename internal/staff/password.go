package staff

import (
	_ "embed"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"goodword/internal/fault"
)

const (
	passwordLeast = 8
	// passwordMost bounds the work of hashing; passphrases fit easily.
	passwordMost = 256
)

//go:embed common.txt
var commonText string

// common are the words and sequences that most guessed passwords are made of, one a line, in the form of skeleton.
var common = func() []string {
	words := strings.Fields(commonText)
	slices.Sort(words)
	return words
}()

// CheckPassword returns Invalid at "password" unless it has 8 to 256 characters and is none of those that are tried first:
// a common password also with other case, digits or signs around it or letters written as digits, a repeated or running
// sequence, or the member's own name or address.
func CheckPassword(password string, m Member) error {
	var c fault.Check
	n := utf8.RuneCountInString(password)
	switch {
	case n < passwordLeast:
		c.Add("password", "Use at least 8 characters.")
	case n > passwordMost || !utf8.ValidString(password):
		c.Add("password", "Use at most 256 characters.")
	case guessable(password, m):
		c.Add("password", "This is one of the first that somebody would try. A few unrelated words make a good one.")
	}
	return c.Err()
}

func guessable(password string, m Member) bool {
	lower := strings.ToLower(password)
	local, domain, _ := strings.Cut(strings.ToLower(m.Email), "@")
	host, _, _ := strings.Cut(domain, ".")
	own := append(strings.Fields(strings.ToLower(m.Name)), local, host, m.Email, "goodword")
	bare := letters(lower)
	for _, word := range own {
		word = letters(strings.ToLower(word))
		if len(word) >= 3 && bare == word || utf8.RuneCountInString(word) >= 8 && bare == word+word {
			return true
		}
	}
	for _, form := range []string{lower, skeleton(lower), bare} {
		if _, found := slices.BinarySearch(common, form); found {
			return true
		}
		// "passwordpassword"
		if half := len(form) / 2; half >= 3 && form[:half] == form[half:] {
			if _, found := slices.BinarySearch(common, form[:half]); found {
				return true
			}
		}
	}
	return running(lower)
}

// letters keeps what is a letter.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, s)
}

var leet = strings.NewReplacer("0", "o", "1", "l", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i")

// skeleton takes off the digits and signs around a word, and reads the digits inside it as letters.
func skeleton(s string) string {
	s = strings.TrimFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && r != '@' && r != '$' })
	return letters(leet.Replace(s))
}

var rows = []string{"abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm"}

// running reports whether s is one to three characters over and over, or nothing but runs of at least three neighbours in the
// alphabet, the digits or a row of keys ("abcd1234", "qwerasdf").
func running(s string) bool {
	r := []rune(s)
	for size := 1; size <= 3; size++ {
		same := true
		for i := size; i < len(r) && same; i++ {
			same = r[i] == r[i-size]
		}
		if same {
			return true
		}
	}
	for i := 0; i < len(r); {
		n := 1
		for n < len(r)-i && neighbours(string(r[i:i+n+1])) {
			n++
		}
		if n < 3 {
			return false
		}
		i += n
	}
	return true
}

func neighbours(s string) bool {
	if strings.Count(s, s[:1]) == len(s) {
		return true
	}
	back := []rune(s)
	slices.Reverse(back)
	for _, row := range rows {
		if strings.Contains(row, s) || strings.Contains(row, string(back)) {
			return true
		}
	}
	return false
}
