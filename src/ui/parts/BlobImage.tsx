import { useEffect, useState } from 'react';

/** A picture that is no address but bytes; its address is given back when it leaves the page. */
export function BlobImage({ blob, alt, className }: { blob: Blob; alt: string; className?: string }) {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return <img src={url} alt={alt} {...(className ? { className } : {})} />;
}
