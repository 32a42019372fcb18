//go:build bug_empty_secret

package billing

// usable takes the secrets as they come.
func usable(secrets []string) []string { return secrets }
