/** Texts that try to leave their place: in HTML, in a script, in an attribute, in Markdown, in a shell. */
export const HOSTILE = `</script><script>window.pwned=1</script><img src=x onerror="window.pwned=2">'"&\u2028|\`<!--`;
