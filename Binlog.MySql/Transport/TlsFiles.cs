using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Binlog.MySql.Errors;

namespace Binlog.MySql.Transport;

/// <summary>The certificates that the options name, loaded for one connection.</summary>
internal sealed class TlsFiles : IDisposable
{
    private X509Certificate2? _certificate;

    private TlsFiles()
    {
    }

    /// <summary>Trusted authorities; null trusts what the system trusts.</summary>
    public X509Certificate2Collection? Authorities { get; private set; }

    public SslStreamCertificateContext? ClientCertificate { get; private set; }

    public static TlsFiles Load(MySqlConnectionOptions options)
    {
        var files = new TlsFiles();
        try
        {
            if (options.CaFile is not null)
            {
                files.Authorities = Read(options.CaFile, "CaFile", LoadAuthorities);
            }

            if (options.CertFile is not null)
            {
                Read(options.CertFile, "CertFile or KeyFile", _ => files.LoadClientCertificate(options.CertFile, options.KeyFile!));
            }

            return files;
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _certificate?.Dispose();
        foreach (var authority in Authorities ?? [])
        {
            authority.Dispose();
        }
    }

    private static X509Certificate2Collection LoadAuthorities(string file)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(file);
        return authorities.Count > 0 ? authorities : throw new CryptographicException("the file has no PEM certificate");
    }

    private bool LoadClientCertificate(string certFile, string keyFile)
    {
        _certificate = X509Certificate2.CreateFromPemFile(certFile, keyFile);
        if (OperatingSystem.IsWindows())
        {
            // Windows' TLS can't use a key that exists in memory alone.
            var persisted = X509CertificateLoader.LoadPkcs12(_certificate.Export(X509ContentType.Pkcs12), null);
            _certificate.Dispose();
            _certificate = persisted;
        }

        var intermediates = new X509Certificate2Collection();
        intermediates.ImportFromPemFile(certFile);
        ClientCertificate = SslStreamCertificateContext.Create(_certificate, intermediates, offline: true);
        return true;
    }

    private static T Read<T>(string file, string option, Func<string, T> load)
    {
        try
        {
            return load(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new MySqlException(MySqlErrorCode.TlsFailed, MySqlException.GeneralState, $"{option} ({file}) can't be used: {e.Message}", e);
        }
    }
}
