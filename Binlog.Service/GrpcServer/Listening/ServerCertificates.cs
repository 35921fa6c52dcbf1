using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Binlog.Service.GrpcServer.Listening;

/// <summary>Keeps the TLS files of a listener loaded, and loads them again when one has changed. Safe for concurrent use.</summary>
internal sealed class ServerCertificates
{
    private readonly ServerTls _files;
    private readonly Lock _lock = new();
    private Loaded _loaded;

    /// <exception cref="InvalidOperationException">A file can't be read; the text names it.</exception>
    public ServerCertificates(ServerTls files)
    {
        if (files.AllowedCommonNames.Count > 0 && files.CaFile is null)
        {
            throw new InvalidOperationException("Allowed common names of TLS clients need a CA file: without one no client certificate is asked for.");
        }

        _files = files;
        _loaded = Load();
    }

    /// <summary>The files as they are now. A changed set that can't be read leaves the previous one in use.</summary>
    /// <param name="problem">Why the previous one is used, or <c>null</c>.</param>
    public Loaded GetCurrent(out string? problem)
    {
        problem = null;
        lock (_lock)
        {
            if (Stamp() != _loaded.Stamp)
            {
                try
                {
                    _loaded = Load();
                }
                catch (InvalidOperationException e)
                {
                    problem = e.Message;
                }
            }

            return _loaded;
        }
    }

    private Loaded Load()
    {
        // Taken first: a change while the files are read is seen next time.
        var stamp = Stamp();
        var chain = new X509Certificate2Collection();
        X509Certificate2? certificate = null;
        Read(_files.CertFile, () =>
        {
            certificate = X509Certificate2.CreateFromPemFile(_files.CertFile, _files.KeyFile);
            chain.ImportFromPemFile(_files.CertFile);
        });
        if (OperatingSystem.IsWindows())
        {
            // SChannel doesn't take keys that live in memory only.
            using var ephemeral = certificate;
            certificate = X509CertificateLoader.LoadPkcs12(ephemeral!.Export(X509ContentType.Pkcs12), null);
        }

        X509Certificate2Collection? authorities = null;
        if (_files.CaFile is not null)
        {
            authorities = [];
            Read(_files.CaFile, () => authorities.ImportFromPemFile(_files.CaFile));
            if (authorities.Count == 0)
            {
                throw new InvalidOperationException($"The file of TLS authorities '{_files.CaFile}' holds no PEM certificate.");
            }
        }

        return new Loaded(SslStreamCertificateContext.Create(certificate!, chain, offline: true), authorities, stamp);
    }

    private static void Read(string file, Action read)
    {
        try
        {
            read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new InvalidOperationException($"The TLS file '{file}' (or the key that belongs to it) can't be read: {e.Message}", e);
        }
    }

    private (DateTime Cert, DateTime Key, DateTime Ca) Stamp() => (
        File.GetLastWriteTimeUtc(_files.CertFile),
        File.GetLastWriteTimeUtc(_files.KeyFile),
        _files.CaFile is null ? default : File.GetLastWriteTimeUtc(_files.CaFile));

    /// <summary>What the files held.</summary>
    public sealed record Loaded(SslStreamCertificateContext Certificate, X509Certificate2Collection? Authorities, (DateTime Cert, DateTime Key, DateTime Ca) Stamp);
}
