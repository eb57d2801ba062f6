// Runs before anything is drawn: a chosen theme must not flash.
try {
  const theme = localStorage.getItem('theme');
  if (theme === 'light' || theme === 'dark')
    document.documentElement.dataset.theme = theme;
} catch {
  // Without storage the system's theme it is.
}
