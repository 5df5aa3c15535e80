import { useEffect } from 'react';
import { useCommands } from '../context.tsx';
import { shortcutFor } from './shortcuts.ts';

export function useShortcuts(): void {
  const commands = useCommands();
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      // The first key of a Japanese conversion is no command.
      if (event.isComposing) return;
      const shortcut = shortcutFor(event);
      if (!shortcut) return;
      event.preventDefault();
      shortcut.run(commands);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [commands]);
}
